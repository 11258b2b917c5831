import { useEffect } from "react";

interface Pollable {
  startPolling: (interval: number) => void;
  stopPolling: () => void;
}

/** Polls a query while a condition holds. */
export function usePollingWhile(isGoing: boolean, intervalMs: number, { startPolling, stopPolling }: Pollable): void {
  useEffect(() => {
    if (!isGoing) {
      return undefined;
    }
    startPolling(intervalMs);
    return stopPolling;
  }, [isGoing, intervalMs, startPolling, stopPolling]);
}

/** Whether a job is not finished. */
export function isUnfinished({ status }: { status: string }): boolean {
  return status === "PENDING" || status === "RUNNING";
}
