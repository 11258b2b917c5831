import { graphql } from "../../../gql/gql.ts";
import type { EvaluationQuery } from "../../../gql/graphql.ts";

/** An evaluation with its candidates and the comparisons of every two of them. */
export const EVALUATION = graphql(`
  query Evaluation($id: ID!) {
    evaluation(id: $id) {
      id
      uuid
      name
      status
      progress
      createdAt
      completedAt
      datasetKey
      dataset {
        id
        key
      }
      scorer
      samplesPerPrompt
      seed
      promptCount
      error {
        code
        message
      }
      candidates(first: 20) {
        edges {
          node {
            id
            uuid
            name
            kind
            mean
            low
            high
            promptCount
            answerCount
            unscoredCount
            tokenCount
            run {
              id
              uuid
              dataset {
                id
                key
              }
            }
          }
        }
      }
      pairs(first: 190) {
        edges {
          node {
            id
            uuid
            a {
              id
              uuid
              name
            }
            b {
              id
              uuid
              name
            }
            difference
            low
            high
            test
            pValue
            pHolm
            significant
            promptCount
            winCount
            lossCount
            tieCount
            bothWrongCount
            detectableDifference
            promptsNeeded
          }
        }
      }
    }
  }
`);

/** An evaluation as its page shows it. */
export type ShownEvaluation = NonNullable<EvaluationQuery["evaluation"]>;
export type Candidate = ShownEvaluation["candidates"]["edges"][number]["node"];
export type Pair = ShownEvaluation["pairs"]["edges"][number]["node"];
