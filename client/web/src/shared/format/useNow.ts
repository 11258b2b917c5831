import { useSyncExternalStore } from "react";

const TICK_MS = 10_000;
let now = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    // Nothing renewed it while no time was shown. React reads it again once it has subscribed.
    now = new Date();
    timer = setInterval(renew, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function renew(): void {
  now = new Date();
  for (const each of listeners) {
    each();
  }
}

/** The present time, which one timer for the page renews. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now);
}
