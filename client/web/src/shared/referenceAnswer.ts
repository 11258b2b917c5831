import type { Json } from "./json.ts";

/** The keys of metadata under which data sets keep the known answer. */
const KEYS = [
  "reference_answer",
  "referenceAnswer",
  "ground_truth_answer",
  "ground_truth",
  "gold_answer",
  "gold",
  "expected_answer",
  "expected",
  "reference",
  "answer",
];

/** Returns the known correct answer from a trace's metadata; undefined if there is none. */
export function referenceAnswer(meta: Json | null): string | undefined {
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) {
    return undefined;
  }
  const found = KEYS.map((key) => meta[key]).find((value) => typeof value === "string" || typeof value === "number");
  return found === undefined ? undefined : String(found);
}
