import { Button, Group, Text } from "@mantine/core";
import type { ReactElement } from "react";

/** Lists the compared runs that no longer exist. */
export function MissingRuns({ ids, onLeaveOut }: { ids: readonly string[]; onLeaveOut: () => void }): ReactElement {
  return (
    <Group component="output" px="md" pb="md" gap="sm">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {ids.length === 1 ? "There is no run " : "There are no runs "}
        {ids.join(", ")}: deleted, or misspelt.
      </Text>
      <Button variant="default" size="compact-xs" onClick={onLeaveOut}>
        {ids.length === 1 ? "Leave it out" : "Leave them out"}
      </Button>
    </Group>
  );
}
