import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";

/** The warnings before a training starts; renders nothing if there are none. */
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
