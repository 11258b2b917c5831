import { Group, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import type { RunFeed } from "../live/useRunFeed.ts";
import classes from "./StreamBanner.module.css";

/** Tells quietly that the server is away, and what a stream was refused with. */
export function StreamBanner({ feed: { stream, errors }, onRetry }: { feed: RunFeed; onRetry: () => void }): ReactElement {
  return (
    <>
      <output className={classes.place}>
        {stream === "reconnecting" && (
          <Group className={classes.banner} gap="xs" wrap="nowrap">
            <IconPlugConnectedX size={16} aria-hidden />
            <Text size="sm">The server is away. This page goes on as soon as it is back.</Text>
          </Group>
        )}
      </output>
      {stream === "refused" && (
        <div className={classes.refused}>
          <ErrorNotice title="The run cannot be followed" errors={errors} onRetry={onRetry} />
        </div>
      )}
    </>
  );
}
