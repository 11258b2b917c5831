interface StoredScore {
  scorer: string;
  score: number;
}

/** A scorer's scores of two traces; undefined where it scored only one. */
export interface ComparedScore {
  scorer: string;
  base: number | undefined;
  other: number | undefined;
  difference: number | undefined;
}

/** Returns the scores of two traces side by side, by scorer. */
export function comparedScores(base: readonly StoredScore[], other: readonly StoredScore[]): ComparedScore[] {
  const scorers = [...new Set([...base, ...other].map(({ scorer }) => scorer))].toSorted();
  return scorers.map((scorer) => {
    const [left, right] = [base, other].map((scores) => scores.find((each) => each.scorer === scorer)?.score);
    return { scorer, base: left, other: right, difference: left === undefined || right === undefined ? undefined : right - left };
  });
}
