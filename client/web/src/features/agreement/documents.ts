import { graphql } from "../../gql/gql.ts";
import type { ScorerAgreementQuery } from "../../gql/graphql.ts";

/** The agreement of two scorers, with the newest traces on which they differ. */
export const SCORER_AGREEMENT = graphql(`
  query ScorerAgreement($a: String!, $b: String!, $where: TraceWhere, $threshold: Float!, $thresholdB: Float, $first: Int!) {
    scorerAgreement(a: $a, b: $b, where: $where, threshold: $threshold, thresholdB: $thresholdB) {
      traceCount
      bothPassedCount
      onlyACount
      onlyBCount
      neitherCount
      agreement
      kappa
      disagreements(first: $first) {
        edges {
          node {
            id
            uuid
            promptPreview
            finalAnswerPreview
            latestScores {
              id
              scorer
              score
            }
          }
        }
      }
    }
  }
`);

export type Agreement = ScorerAgreementQuery["scorerAgreement"];
export type Disagreement = Agreement["disagreements"]["edges"][number]["node"];
