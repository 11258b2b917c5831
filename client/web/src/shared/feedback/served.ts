import { useEffect, useEffectEvent } from "react";

const INTERVAL_MS = 3000;

/** Whether the server that the application comes from answers. */
export async function isServed(): Promise<boolean> {
  return await fetch("/healthz").then(
    (response) => response.ok,
    () => false,
  );
}

/** While the server is unreachable, asks whether it is back, and then calls `retry`; a hidden window does not ask. */
export function useRetryWhenBack(isAway: boolean, retry: (() => void) | undefined): void {
  const isWanted = isAway && retry !== undefined;
  const retryIfServed = useEffectEvent(async () => {
    if (!document.hidden && (await isServed())) {
      retry?.();
    }
  });
  useEffect(() => {
    if (!isWanted) {
      return undefined;
    }
    const timer = setInterval(() => void retryIfServed(), INTERVAL_MS);
    return () => clearInterval(timer);
  }, [isWanted]);
}
