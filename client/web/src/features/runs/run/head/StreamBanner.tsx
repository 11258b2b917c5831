import { Box } from "@mantine/core";
import type { ReactElement } from "react";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { AwayBanner } from "../../../../shared/live/AwayBanner.tsx";
import type { RunFeed } from "../live/useRunFeed.ts";

/** Reports without interrupting that the server is unreachable, or why a stream was refused. */
export function StreamBanner({ feed: { stream, errors }, onRetry }: { feed: RunFeed; onRetry: () => void }): ReactElement {
  return (
    <>
      <AwayBanner isAway={stream === "reconnecting"} />
      {stream === "refused" && (
        <Box px={16} pb={12}>
          <ErrorNotice title="The run cannot be followed" errors={errors} onRetry={onRetry} />
        </Box>
      )}
    </>
  );
}
