import { diffWordsWithSpace } from "diff";

/** A part of a text: in both, or in this one only. */
export interface Part {
  text: string;
  isChanged: boolean;
}

/** Time after which two texts are shown without their differences. */
const TIMEOUT_MS = 100;

/** The share of the shorter text that has to be in both; below it, marks would only disturb. */
const COMMON_MIN = 1 / 3;

/** Returns the parts of two texts by words; undefined if they have little in common, or if comparing takes too long. */
export function wordDifferences(base: string, other: string): { base: Part[]; other: Part[] } | undefined {
  const changes = diffWordsWithSpace(base, other, { timeout: TIMEOUT_MS });
  if (changes === undefined) {
    return undefined;
  }
  const common = changes.filter((change) => !change.added && !change.removed).reduce((sum, { value }) => sum + value.trim().length, 0);
  if (common < COMMON_MIN * Math.min(base.length, other.length)) {
    return undefined;
  }
  const parts = (kept: (typeof changes)[number][]): Part[] =>
    kept.map(({ value, added, removed }) => ({ text: value, isChanged: added || removed }));
  return { base: parts(changes.filter((change) => !change.added)), other: parts(changes.filter((change) => !change.removed)) };
}
