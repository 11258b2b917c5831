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
  /** Those of them whose scores the server has. */
  stored: ReadonlySet<string>;
}

/** The place from which an undo starts: the open trace with the keys of its items, and the trace before it. */
export interface Place {
  trace: string | undefined;
  items: readonly string[];
  before: string | undefined;
}

export type Move =
  | { kind: "answer"; trace: string; items: readonly string[]; item: string; answer: Answer }
  | { kind: "choose"; item: string }
  | { kind: "skip" }
  | ({ kind: "undo" } & Place)
  | { kind: "refused"; trace: string }
  | { kind: "stored"; trace: string };

export const START: Sitting = { at: 0, chosen: null, answers: {}, done: new Set(), stored: new Set() };

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
    case "refused":
      return { ...sitting, done: without(sitting.done, move.trace) };
    case "stored":
      return { ...sitting, done: withMember(sitting.done, move.trace), stored: withMember(sitting.stored, move.trace) };
  }
}

function applyAnswer(sitting: Sitting, { trace, items, item, answer }: Extract<Move, { kind: "answer" }>): Sitting {
  const given = { ...sitting.answers[trace], [item]: answer };
  const answers = { ...sitting.answers, [trace]: given };
  if (items.some((key) => given[key] === undefined)) {
    return { ...sitting, answers, chosen: null };
  }
  return { ...sitting, at: sitting.at + 1, chosen: null, answers, done: withMember(sitting.done, trace) };
}

/**
 * Returns the answer that an undo takes back: the last one of the open trace; if it has none, the last one of the trace
 * before it; undefined if that has none either.
 */
export function lastAnswer({ answers }: Sitting, { trace, items, before }: Place): { trace: string; item: string } | undefined {
  const item = items.findLast((key) => trace !== undefined && answers[trace]?.[key] !== undefined);
  if (trace !== undefined && item !== undefined) {
    return { trace, item };
  }
  const earlier = before === undefined ? undefined : Object.keys(answers[before] ?? {}).at(-1);
  return before === undefined || earlier === undefined ? undefined : { trace: before, item: earlier };
}

function undo(sitting: Sitting, place: Place): Sitting {
  const last = lastAnswer(sitting, place);
  const isBack = last?.trace !== place.trace || last === undefined;
  if (isBack && place.before === undefined) {
    return sitting;
  }
  const back = isBack ? { ...sitting, at: sitting.at - 1, chosen: null } : sitting;
  return last === undefined ? back : withoutAnswer(back, last.trace, last.item);
}

function withoutAnswer(sitting: Sitting, trace: string, item: string): Sitting {
  const { [item]: _, ...rest } = sitting.answers[trace] ?? {};
  const { answers, done, stored } = sitting;
  return { ...sitting, chosen: item, answers: { ...answers, [trace]: rest }, done: without(done, trace), stored: without(stored, trace) };
}

function withMember(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return new Set([...set, member]);
}

function without(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== member));
}
