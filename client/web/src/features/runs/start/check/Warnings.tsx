import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";

/** What is to be known before a training starts; nothing if there are no lines. */
export function Warnings({ lines, children }: { lines: readonly string[]; children?: ReactNode }): ReactElement | null {
  return lines.length === 0 ? null : (
    <Alert variant="outline" color="orange" icon={<IconAlertTriangle size={18} />} title="Before you start" p="sm">
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
      {children}
    </Alert>
  );
}
