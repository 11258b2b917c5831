import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A value that was given, or the trainer's default in grey. */
export function withDefault(value: string | number | null, fallback: string | number): ReactNode {
  return (
    value ?? (
      <Text span size="sm" c="dimmed" title="The trainer's default">
        {fallback}
      </Text>
    )
  );
}
