import type { ScoreInput } from "../../../gql/graphql.ts";

/** A score that was given in this sitting. */
export interface Answer {
  value: number;
  /** Why; empty if nothing was written. */
  comment: string;
}

/** The answers of a trace by the keys of its items. */
export type Answers = Readonly<Record<string, Answer>>;

/** The state of the queue since it was opened. */
export interface Sitting {
  /** The position in the queue. */
  at: number;
  /** The key of the item that was chosen out of turn; null for the first one without an answer. */
  chosen: string | null;
  answers: Readonly<Record<string, Answers>>;
  /** The traces that have all their answers. */
  done: ReadonlySet<string>;
  /** The trace that was completed last, while its scores are not sent yet; all others of `done` are stored or on their way. */
  unsent: { trace: string; scores: ScoreInput[] } | null;
}

export type Move =
  | { kind: "answer"; trace: string; items: readonly string[]; item: string; answer: Answer }
  | { kind: "choose"; item: string }
  | { kind: "skip" }
  | { kind: "undo"; trace: string | undefined; items: readonly string[]; before: string | undefined }
  | { kind: "hold"; trace: string; scores: ScoreInput[] }
  | { kind: "sent" }
  | { kind: "refused"; trace: string }
  | { kind: "stored"; trace: string; items: number };

export const START: Sitting = { at: 0, chosen: null, answers: {}, done: new Set(), unsent: null };

/** Returns the sitting after a move. The last answer of a trace moves on to the next trace. */
export function applyMove(sitting: Sitting, move: Move): Sitting {
  switch (move.kind) {
    case "answer":
      return applyAnswer(sitting, move);
    case "choose":
      return { ...sitting, chosen: move.item };
    case "skip":
      return { ...sitting, at: sitting.at + 1, chosen: null };
    case "undo":
      return undo(sitting, move);
    case "hold":
      return { ...sitting, unsent: { trace: move.trace, scores: move.scores } };
    case "sent":
      return { ...sitting, unsent: null };
    case "refused":
      return { ...sitting, done: without(sitting.done, move.trace) };
    case "stored":
      return countStored(sitting, move);
  }
}

function applyAnswer(sitting: Sitting, { trace, items, item, answer }: Extract<Move, { kind: "answer" }>): Sitting {
  const given = { ...sitting.answers[trace], [item]: answer };
  const answers = { ...sitting.answers, [trace]: given };
  if (items.some((key) => given[key] === undefined)) {
    return { ...sitting, answers, chosen: null };
  }
  return { ...sitting, at: sitting.at + 1, chosen: null, answers, done: new Set([...sitting.done, trace]) };
}

/**
 * Takes back the last answer of the open trace; if it has none, goes back to the trace before it, and takes back its. The
 * answers of a trace that were sent stay, until others replace them.
 */
function undo(sitting: Sitting, { trace, items, before }: Extract<Move, { kind: "undo" }>): Sitting {
  const last = trace === undefined || isSent(sitting, trace) ? undefined : lastAnswered(sitting.answers[trace], items);
  if (trace !== undefined && last !== undefined) {
    return withoutAnswer(sitting, trace, last);
  }
  if (before === undefined) {
    return sitting;
  }
  const back = { ...sitting, at: sitting.at - 1, chosen: null };
  const earlier = isSent(sitting, before) ? undefined : Object.keys(sitting.answers[before] ?? {}).at(-1);
  return earlier === undefined ? back : withoutAnswer(back, before, earlier);
}

function isSent({ done, unsent }: Sitting, trace: string): boolean {
  return done.has(trace) && unsent?.trace !== trace;
}

/** Counts a trace again whose scores were refused before; not one of which an answer was taken back meanwhile. */
function countStored(sitting: Sitting, { trace, items }: Extract<Move, { kind: "stored" }>): Sitting {
  const isWhole = Object.keys(sitting.answers[trace] ?? {}).length >= items;
  return isWhole ? { ...sitting, done: new Set([...sitting.done, trace]) } : sitting;
}

function lastAnswered(answers: Answers | undefined, items: readonly string[]): string | undefined {
  return items.findLast((key) => answers?.[key] !== undefined);
}

function withoutAnswer(sitting: Sitting, trace: string, item: string): Sitting {
  const { [item]: _, ...rest } = sitting.answers[trace] ?? {};
  return { ...sitting, chosen: item, answers: { ...sitting.answers, [trace]: rest }, done: without(sitting.done, trace), unsent: sitting.unsent?.trace === trace ? null : sitting.unsent };
}

function without(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== member));
}
