import type { ReactElement } from "react";
import { exactTime, relativeTime } from "./time.ts";
import { useNow } from "./useNow.ts";

interface Props {
  at: string;
  /** Whether it lies ahead; otherwise a time after the present one is a clock that differs, and shown as now. */
  isAhead?: boolean;
}

/** A time as seen from now; the exact local and UTC time on hover. */
export function RelativeTime({ at, isAhead = false }: Props): ReactElement {
  const current = useNow();
  const time = new Date(at);
  return (
    <time dateTime={at} title={exactTime(time)} style={{ whiteSpace: "nowrap" }}>
      {relativeTime(time, time > current && !isAhead ? time : current)}
    </time>
  );
}
