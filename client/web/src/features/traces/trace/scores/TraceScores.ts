import { graphql } from "../../../../gql/gql.ts";
import type { TraceScoresFragment } from "../../../../gql/graphql.ts";

/** All scores of a trace and of its steps, the newest first. */
export const TRACE_SCORES = graphql(`
  fragment TraceScores on Trace {
    id
    stepCount
    scores(first: 200) {
      totalCount
      edges {
        node {
          id
          scorer
          scorerVersion
          kind
          score
          rationale
          details
          stepIndex
          scoredAt
        }
      }
    }
  }
`);

/** A score with where it comes from. */
export type ScoreItem = TraceScoresFragment["scores"]["edges"][number]["node"];

/** The scores of one scorer for one trace or step. */
export interface ScoreGroup {
  key: string;
  stepIndex: number | null;
  latest: ScoreItem;
  /** The scores that the latest one supersedes, the newest first. */
  earlier: readonly ScoreItem[];
}

/** Groups scores, the newest of which come first: those of the whole trace by scorer, then those of steps in order. */
export function groupScores(scores: readonly ScoreItem[]): ScoreGroup[] {
  const groups = new Map<string, ScoreItem[]>();
  for (const score of scores) {
    const key = `${score.stepIndex ?? ""}:${score.scorer}`;
    const group = groups.get(key) ?? [];
    group.push(score);
    groups.set(key, group);
  }
  return [...groups]
    .flatMap(([key, [latest, ...earlier]]) => (latest === undefined ? [] : [{ key, stepIndex: latest.stepIndex, latest, earlier }]))
    .toSorted(
      (a, b) => (a.stepIndex ?? -Infinity) - (b.stepIndex ?? -Infinity) || a.latest.scorer.localeCompare(b.latest.scorer),
    );
}
