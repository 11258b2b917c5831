import { duration } from "../../../../shared/format/time.ts";

/** Returns what remains of an estimate that was made some time ago, in seconds; 0 when its time is over. */
export function remainingSeconds(etaSeconds: number, madeAt: number, now: number): number {
  return Math.max(0, etaSeconds - (now - madeAt) / 1000);
}

/** Returns an estimate as coarse as it is: "about 2 min left", "about 1 h 20 min left". */
export function etaText(seconds: number): string {
  if (seconds < 10) {
    return "a few seconds left";
  }
  const grain = [10, 60, 300].find((size) => seconds < size * 10) ?? 600;
  const rounded = Math.round(seconds / grain) * grain;
  return `about ${duration(rounded).replace(".0 s", " s").replace(" 0 s", "")} left`;
}
