import { Group, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import classes from "./AwayBanner.module.css";

/** Reports without interrupting that the server is unreachable, over a page that continues when it is back. */
export function AwayBanner({ isAway }: { isAway: boolean }): ReactElement {
  return (
    <output className={classes.place}>
      {isAway && (
        <Group className={classes.banner} gap="xs" wrap="nowrap">
          <IconPlugConnectedX size={16} aria-hidden />
          <Text size="sm">The server is unreachable. This page continues as soon as it is back.</Text>
        </Group>
      )}
    </output>
  );
}
