import { graphql } from "../../../gql/gql.ts";
import type { GroupQuery } from "../../../gql/graphql.ts";

/** A group with the statistics of the traces under a filter, and its first answers. */
export const GROUP = graphql(`
  query Group($key: String!, $where: TraceWhere, $scorer: String) {
    traceGroup(key: $key, where: $where, scorer: $scorer) {
      key
      prompt
      referenceAnswer
      size
      gradedCount
      correctCount
      mean
      variance
      distinctAnswerCount
      majorityAnswer
      majorityCorrect
      pass1: passAtK(k: 1)
      pass2: passAtK(k: 2)
      pass4: passAtK(k: 4)
      pass8: passAtK(k: 8)
      pass16: passAtK(k: 16)
      pass64: passAtK(k: 64)
      distinctAnswers(first: 20) {
        answer
        count
        gradedCount
        correctCount
      }
      traces(first: 50) {
        totalCount
        edges {
          node {
            id
            uuid
            source
            finalAnswerPreview
            stepCount
            steps {
              index
              content
            }
            latestScores {
              id
              scorer
              score
            }
            producedBy {
              modelId
              checkpointStep
              tokenCount
              finishReason
              malformed
            }
          }
        }
      }
    }
  }
`);

/** A group as its page shows it. */
export type ShownGroup = NonNullable<GroupQuery["traceGroup"]>;

/** An answer of the group. */
export type GroupTrace = ShownGroup["traces"]["edges"][number]["node"];
