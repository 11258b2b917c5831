import { graphql } from "../../../gql/gql.ts";
import type { ReviewTraceQuery } from "../../../gql/graphql.ts";

export const REVIEW_TRACE = graphql(`
  query ReviewTrace($id: ID!) {
    trace(id: $id) {
      id
      uuid
      source
      externalId
      prompt
      finalAnswer
      referenceAnswer
      meta
      steps {
        index
        type
        content
      }
    }
  }
`);

/** The trace that is reviewed. */
export type ReviewedTrace = NonNullable<ReviewTraceQuery["trace"]>;
