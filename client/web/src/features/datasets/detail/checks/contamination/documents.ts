import { graphql } from "../../../../../gql/gql.ts";
import type { ContaminationQuery } from "../../../../../gql/graphql.ts";

/** The comparison of two datasets, which the server makes if it has none yet, with the pairs of highest overlap. */
export const CONTAMINATION = graphql(`
  query Contamination($train: ID!, $eval: ID!, $where: ContaminatedPairWhere, $first: Int!) {
    contamination(trainDatasetId: $train, evalDatasetId: $eval) {
      id
      trainPromptCount
      equalCount
      sharedCount
      nearCount
      checkedAt
      pairs(where: $where, first: $first) {
        totalCount
        edges {
          node {
            id
            kind
            overlap
            trainTrace {
              id
              uuid
              prompt
            }
            evalTrace {
              id
              uuid
              prompt
            }
          }
        }
      }
    }
  }
`);

export type Compared = NonNullable<ContaminationQuery["contamination"]>;
export type ContaminatedPair = Compared["pairs"]["edges"][number]["node"];
