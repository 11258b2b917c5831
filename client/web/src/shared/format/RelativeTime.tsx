import { type ReactElement, useSyncExternalStore } from "react";
import { exactTime, relativeTime } from "./time.ts";

const TICK_MS = 10_000;
let now = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) {
      each();
    }
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A time as seen from now, kept current by one timer for the page; the exact local and UTC time on hover. */
export function RelativeTime({ at }: { at: string }): ReactElement {
  const current = useSyncExternalStore(subscribe, () => now);
  const time = new Date(at);
  return (
    <time dateTime={at} title={exactTime(time)} style={{ whiteSpace: "nowrap" }}>
      {relativeTime(time, time > current ? time : current)}
    </time>
  );
}
