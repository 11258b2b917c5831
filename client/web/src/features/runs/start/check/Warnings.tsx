import { Text } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { Notice } from "../../../../shared/notice/Notice.tsx";

/** The warnings before a training starts; renders nothing if there are none. */
export function Warnings({ lines, children }: { lines: readonly string[]; children?: ReactNode }): ReactElement | null {
  return lines.length === 0 ? null : (
    <Notice tone="warning" title="Before you start">
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
      {children}
    </Notice>
  );
}
