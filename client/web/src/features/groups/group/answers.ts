import type { GroupTrace } from "./documents.ts";

/** Returns an answer's latest score by a scorer; undefined if it has none. */
export function scoreOf({ latestScores }: Pick<GroupTrace, "latestScores">, scorer: string | null): number | undefined {
  return latestScores.find((score) => score.scorer === scorer)?.score;
}

/** Returns answers with the highest score first, those without one last; equal ones stay as they are. */
export function byScore(traces: readonly GroupTrace[], scorer: string | null): GroupTrace[] {
  const value = (trace: GroupTrace): number => scoreOf(trace, scorer) ?? Number.NEGATIVE_INFINITY;
  return traces.toSorted((a, b) => {
    const [first, second] = [value(a), value(b)];
    return first === second ? 0 : second > first ? 1 : -1;
  });
}
