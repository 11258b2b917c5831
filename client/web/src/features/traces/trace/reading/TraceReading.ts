import { graphql } from "../../../../gql/gql.ts";
import type { TraceReadingFragment } from "../../../../gql/graphql.ts";

/** The fields that are read of a trace: its texts, and the latest scores of each step. */
export const TRACE_READING = graphql(`
  fragment TraceReading on Trace {
    id
    uuid
    prompt
    finalAnswer
    referenceAnswer
    meta
    steps {
      index
      type
      content
      scores {
        id
        scorer
        scorerVersion
        kind
        score
        rationale
      }
    }
  }
`);

export type ReadStep = TraceReadingFragment["steps"][number];

/** Returns the element id of a step, by which links address it. */
export function stepAnchor(index: number): string {
  return `step-${index}`;
}

/** Returns the index of the step that an address's hash names; undefined if it names none. */
export function markedStep(hash: string): number | undefined {
  const found = /^#step-(?<index>-?\d+)$/.exec(hash)?.groups?.["index"];
  return found === undefined ? undefined : Number(found);
}
