import { graphql } from "../../../gql/gql.ts";
import type { ComparedTraceFragment } from "../../../gql/graphql.ts";

/** The compared fields of a trace. */
export const COMPARED_TRACE = graphql(`
  fragment ComparedTrace on Trace {
    id
    uuid
    createdAt
    traceVersion
    source
    externalId
    charCount
    prompt
    finalAnswer
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
    latestScores {
      id
      scorer
      score
    }
  }
`);

export type TraceStep = ComparedTraceFragment["steps"][number];
