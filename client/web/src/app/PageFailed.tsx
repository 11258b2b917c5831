import { type ReactElement, useState } from "react";
import { useRouteError } from "react-router";
import { ErrorNotice } from "../shared/feedback/ErrorNotice.tsx";
import { type ShownError, shownErrors } from "../shared/feedback/errors.ts";
import { isServed } from "../shared/feedback/served.ts";
import { PageHeader } from "../shared/PageHeader.tsx";

/** The messages of browsers and Vite if a part of the application could not be fetched. */
const NOT_FETCHED = /preload|dynamically imported|module script/i;
const AWAY: ShownError = { code: "UNAVAILABLE", message: "The server cannot be reached.", field: "" };

/** The replacement of a page that threw, or whose code could not be loaded. */
export function PageFailed(): ReactElement {
  const error = useRouteError();
  const [isAway, setAway] = useState(error instanceof Error && NOT_FETCHED.test(error.message));
  const retry = async (): Promise<void> => {
    // A reload while the server is unreachable would take the application with it.
    if (await isServed()) {
      location.reload();
    } else {
      setAway(true);
    }
  };
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <ErrorNotice title={isAway ? "Its code could not be loaded" : "It has failed"} errors={isAway ? [AWAY] : errorsOf(error)} onRetry={() => void retry()} isInset />
    </>
  );
}

/** Returns the errors to show for what a page threw. A TypeError is a defect of the page, which shows failed requests itself. */
function errorsOf(error: unknown): ShownError[] {
  return error instanceof TypeError ? [{ code: "INTERNAL", message: error.message, field: "" }] : shownErrors(error);
}
