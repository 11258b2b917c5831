import type { Answer, Sitting } from "./sitting.ts";

const STORED = "review-drafts";
/** The number of traces of which answers are kept: one is scored at a time, others were skipped halfway. */
const MOST = 50;

type Drafts = Sitting["answers"];

/** Returns the answers of traces that were left half scored, or without a response, in a queue in this browser. */
export function draftsOf(place: string): Drafts {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "null");
    return isStored(stored) && stored.place === place ? stored.drafts : {};
  } catch {
    return {};
  }
}

/** Keeps the answers of traces whose scores are not stored yet; those of the queue that was open last. */
export function keepDrafts(place: string, { answers, stored }: Sitting): void {
  const left = Object.entries(answers).filter(([trace, given]) => !stored.has(trace) && Object.keys(given).length > 0);
  if (left.length > 0) {
    localStorage.setItem(STORED, JSON.stringify({ place, drafts: Object.fromEntries(left.slice(-MOST)) }));
  } else if (Object.keys(draftsOf(place)).length > 0) {
    localStorage.removeItem(STORED);
  }
}

function isStored(value: unknown): value is { place: string; drafts: Drafts } {
  return isRecord(value) && typeof value["place"] === "string" && isRecord(value["drafts"]) && Object.values(value["drafts"]).every(areAnswers);
}

function areAnswers(value: unknown): value is Record<string, Answer> {
  return isRecord(value) && Object.values(value).every((each) => isRecord(each) && typeof each["value"] === "number" && typeof each["comment"] === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
