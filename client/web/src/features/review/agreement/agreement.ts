/** Two scores of the same trace or step: the reviewer's and another scorer's. */
export type Pair = readonly [mine: number, other: number];

/** The agreement of two scorers. */
export interface Agreement {
  count: number;
  /** The share of equal scores. */
  equal: number;
  /** Cohen's kappa: the share of equal scores beyond that of chance; null if both give one score only. */
  kappa: number | null;
}

/** Returns the agreement of pairs of scores, of which there is at least one. */
export function agreementOf(pairs: readonly Pair[]): Agreement {
  const count = pairs.length;
  const equal = pairs.filter(([mine, other]) => mine === other).length / count;
  const expected = [...new Set(pairs.map(([mine]) => mine))]
    .map((value) => (shareOf(pairs, 0, value) * shareOf(pairs, 1, value)))
    .reduce((sum, share) => sum + share, 0);
  return { count, equal, kappa: expected === 1 ? null : (equal - expected) / (1 - expected) };
}

function shareOf(pairs: readonly Pair[], side: 0 | 1, value: number): number {
  return pairs.filter((pair) => pair[side] === value).length / pairs.length;
}

interface Scored {
  scorer: string;
  score: number;
}

/** Returns the pairs by the other scorer, of things that have scores of several scorers each. */
export function pairsByScorer(scored: readonly (readonly Scored[])[], mine: string): Map<string, Pair[]> {
  const pairs = new Map<string, Pair[]>();
  for (const scores of scored) {
    const own = scores.find(({ scorer }) => scorer === mine);
    for (const other of own === undefined ? [] : scores) {
      if (own !== undefined && other.scorer !== mine) {
        pairs.set(other.scorer, [...(pairs.get(other.scorer) ?? []), [own.score, other.score]]);
      }
    }
  }
  return pairs;
}

/** Whether another scorer gives scores of the same scale: only its choices, or only numbers within it. */
export function isComparable(pairs: readonly Pair[], scale: { min: number; max: number; choices: readonly { value: number }[] }): boolean {
  return pairs.every(([, score]) =>
    scale.choices.length > 0 ? scale.choices.some(({ value }) => value === score) : score >= scale.min && score <= scale.max,
  );
}
