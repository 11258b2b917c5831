import type { ReactElement } from "react";
import { useRouteError } from "react-router";
import { ErrorNotice } from "../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../shared/feedback/errors.ts";

/** What stands in place of a page that threw, or whose code could not be loaded. */
export function PageFailed(): ReactElement {
  const error = useRouteError();
  return (
    <div style={{ padding: 16 }}>
      <ErrorNotice title="This page failed" errors={shownErrors(error)} onRetry={() => location.reload()} />
    </div>
  );
}
