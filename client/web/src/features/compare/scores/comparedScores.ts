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

/** Returns a difference with its sign: "+2.50", "−1.00", "0.00". */
export function signedText(difference: number): string {
  const text = Math.abs(difference).toFixed(2);
  if (Number(text) === 0) {
    return text;
  }
  return `${difference > 0 ? "+" : "−"}${text}`;
}
