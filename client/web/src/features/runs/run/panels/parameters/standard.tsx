import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A value that was given, or the trainer's default in grey. */
export function or(value: string | number | null, standard: string | number): ReactNode {
  return (
    value ?? (
      <Text span size="sm" c="dimmed" title="The trainer's default">
        {standard}
      </Text>
    )
  );
}
