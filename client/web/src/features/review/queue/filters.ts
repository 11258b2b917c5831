import type { TraceWhere } from "../../../gql/graphql.ts";
import { type Rubric, scorerOf } from "../rubric/rubric.ts";

/** Returns the filter of a queue: the given one, restricted to the members of a dataset if one is named. */
export function queueWhere(where: TraceWhere, dataset: string | null): TraceWhere {
  return dataset === null ? where : { and: [where, { datasets: { some: { key: { eq: dataset } } } }] };
}

/** Returns the filter of the traces of a queue that have a score for every criterion. */
export function reviewedWhere(where: TraceWhere, rubric: Rubric, reviewer: string): TraceWhere {
  return { and: [where, ...scoredWhere(rubric, reviewer)] };
}

/** Returns the filter of the traces of a queue that lack a score. */
export function unreviewedWhere(where: TraceWhere, rubric: Rubric, reviewer: string): TraceWhere {
  return { and: [where, { not: { and: scoredWhere(rubric, reviewer) } }] };
}

function scoredWhere(rubric: Rubric, reviewer: string): TraceWhere[] {
  return rubric.criteria.map((criterion) => ({
    scores: { some: { scorer: { eq: scorerOf(criterion, reviewer) }, stepIndex: { isNull: !criterion.perStep } } },
  }));
}
