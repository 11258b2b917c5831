const DAY_MS = 86_400_000;

/** The lifetimes that are offered, in days. */
export const LIFETIMES: readonly { value: string; label: string }[] = [
  { value: "7", label: "In 7 days" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
  { value: "date", label: "At a time of your choice" },
];

/** An expiry as a form has it: a choice, and the local time for the choice `date`. */
export interface Expiry {
  choice: string;
  local: string;
}

/** Returns the time that was chosen; null for a choice without a time, and undefined for one that is not given yet. */
export function expiryOf({ choice, local }: Expiry, now: Date): string | null | undefined {
  if (choice === "date") {
    const at = new Date(local);
    return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  }
  return choice === "" ? null : new Date(now.getTime() + Number(choice) * DAY_MS).toISOString();
}
