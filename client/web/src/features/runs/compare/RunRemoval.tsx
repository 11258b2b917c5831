import { CloseButton, Group, Stack, Text } from "@mantine/core";
import type { ReactElement } from "react";

interface Props {
  ids: readonly string[];
  onChange: (ids: string[]) => void;
}

/** The compared runs by their ids, each with a button to leave it out: one of them may have been deleted. */
export function RunRemoval({ ids, onChange }: Props): ReactElement {
  return (
    <Stack gap={4}>
      <Text size="sm" c="dimmed">
        Compared runs
      </Text>
      {ids.map((id) => (
        <Group key={id} gap="xs" wrap="nowrap">
          <CloseButton size="sm" aria-label={`Leave ${id} out`} onClick={() => onChange(ids.filter((each) => each !== id))} />
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {id}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
