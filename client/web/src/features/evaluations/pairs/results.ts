import type { ChipChoice } from "../../../shared/chips/Chips.tsx";
import type { Pair } from "../page/documents.ts";

/** The result of a pair on a prompt. */
export const RESULTS = ["wins", "losses", "ties", "bothWrong"] as const;
export type Result = (typeof RESULTS)[number];

/** Returns a result of an address; undefined if it is none. */
export function resultOf(text: string | undefined): Result | undefined {
  return RESULTS.find((result) => result === text);
}

/** Returns the number of prompts with a result, and how it is called. */
export function choiceOf(pair: Pair, value: Result): ChipChoice<Result> {
  switch (value) {
    case "wins":
      return { value, count: pair.winCount, label: "wins" };
    case "losses":
      return { value, count: pair.lossCount, label: "losses" };
    case "ties":
      return { value, count: pair.tieCount, label: "ties" };
    case "bothWrong":
      return { value, count: pair.bothWrongCount, label: "both wrong" };
  }
}

/** The comparison in a few words: which is better, or that the difference is not significant and how many prompts it would take. */
export function verdictOf({ significant, difference, a, b, promptCount, promptsNeeded }: Pair): string {
  if (significant) {
    return `${difference > 0 ? a.name : b.name} is better`;
  }
  const missing = promptsNeeded === null ? 0 : promptsNeeded - promptCount;
  return missing > 0 ? `not significant; ${missing.toLocaleString("en")} more prompts would show this difference` : "not significant";
}

interface Step {
  index: number;
  content: string;
}

/** Returns the position of the first step in which two answers differ; undefined if all steps are the same. */
export function firstDifference(a: readonly Step[], b: readonly Step[]): number | undefined {
  const place = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => at).find((at) => a[at]?.content !== b[at]?.content);
  return place;
}
