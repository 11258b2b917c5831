import { Group } from "@mantine/core";
import type { ReactElement } from "react";
import { useNow } from "../../shared/format/useNow.ts";
import { Mark } from "../../shared/health/Mark.tsx";
import { keyState } from "./keyState.ts";

/** Whether a key can be used, by icon and word. */
export function KeyStateMark({ of }: { of: Parameters<typeof keyState>[0] }): ReactElement {
  const { condition, word } = keyState(of, useNow());
  return (
    <Group component="span" gap={6} wrap="nowrap" display="inline-flex">
      <Mark condition={condition} />
      {word}
    </Group>
  );
}
