import type { TraceWhere } from "../../gql/graphql.ts";

/** A scorer, and the lowest score at which a trace passes with it. */
export interface Grader {
  scorer: string;
  threshold: number;
}

/** Returns the address of the traces of a filter that pass, or do not pass, with each of two graders by their latest scores. */
export function tracesAddress(where: TraceWhere, a: Grader, doesPassA: boolean, b: Grader, doesPassB: boolean): string {
  const filter = { and: [where, verdictWhere(a, doesPassA), verdictWhere(b, doesPassB)] };
  return `/traces?${new URLSearchParams({ where: JSON.stringify(filter) })}`;
}

function verdictWhere({ scorer, threshold }: Grader, doesPass: boolean): TraceWhere {
  const score = doesPass ? { gte: threshold } : { lt: threshold };
  return { scores: { some: { scorer: { eq: scorer }, stepIndex: { isNull: true }, latest: true, score } } };
}
