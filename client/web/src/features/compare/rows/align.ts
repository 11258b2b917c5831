import { diffArrays } from "diff";

/** A step of a trace as it is compared. */
export interface ComparedStep {
  index: number;
  type: string;
  content: string;
}

/** Two steps side by side; one of them is missing where only the other trace has it. */
export interface StepPair<Step extends ComparedStep = ComparedStep> {
  key: number;
  base: Step | undefined;
  other: Step | undefined;
  isDifferent: boolean;
}

/** Time after which steps are compared by their position instead. */
const TIMEOUT_MS = 300;

/**
 * Aligns the steps of two traces: equal ones stand side by side, and what differs between them in pairs. An inserted
 * step therefore does not make all that follow different.
 */
export function alignSteps<Step extends ComparedStep>(base: readonly Step[], other: readonly Step[]): StepPair<Step>[] {
  const changes = diffArrays([...base], [...other], { comparator: isEqual, timeout: TIMEOUT_MS });
  const pairs: Omit<StepPair<Step>, "key">[] = [];
  let [atBase, atOther] = [0, 0];
  let removed: readonly Step[] = [];
  const flush = (added: readonly Step[]): void => {
    pairs.push(...pairInOrder(removed, added));
    removed = [];
  };
  for (const change of changes ?? [{ removed: true, count: base.length }, { added: true, count: other.length }]) {
    const count = change.count ?? 0;
    if (change.removed) {
      flush([]);
      removed = base.slice(atBase, (atBase += count));
    } else if (change.added) {
      flush(other.slice(atOther, (atOther += count)));
    } else {
      flush([]);
      pairs.push(...pairInOrder(base.slice(atBase, (atBase += count)), other.slice(atOther, (atOther += count))));
    }
  }
  flush([]);
  return pairs.map((pair, key) => Object.assign(pair, { key }));
}

function pairInOrder<Step extends ComparedStep>(base: readonly Step[], other: readonly Step[]): Omit<StepPair<Step>, "key">[] {
  return Array.from({ length: Math.max(base.length, other.length) }, (_, place) => {
    const [left, right] = [base[place], other[place]];
    return { base: left, other: right, isDifferent: left === undefined || right === undefined || !isEqual(left, right) };
  });
}

function isEqual(left: ComparedStep, right: ComparedStep): boolean {
  return left.content.trim() === right.content.trim() && left.type === right.type;
}
