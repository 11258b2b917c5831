import { graphql } from "../../../gql/gql.ts";
import type { GenerationQuery } from "../../../gql/graphql.ts";

/** A generation with its settings, its progress and its newest answers. */
export const GENERATION = graphql(`
  query Generation($id: ID!) {
    generation(id: $id) {
      id
      uuid
      status
      progress
      createdAt
      modelId
      checkpointStep
      run {
        id
        uuid
      }
      dataset {
        id
        key
      }
      samplesPerPrompt
      samplingParameters {
        temperature
        topP
        maxNewTokens
        seed
      }
      template
      scorers
      labels
      promptCount
      tooLongCount
      answerCount
      malformedCount
      tokenCount
      tokensPerSecond
      etaSeconds
      stderr
      error {
        code
        message
      }
      traces(first: 20) {
        edges {
          node {
            id
            uuid
            promptPreview
            finalAnswerPreview
            latestScores {
              id
              scorer
              stepIndex
              score
            }
            producedBy {
              finishReason
              malformed
              tokenCount
            }
          }
        }
      }
    }
  }
`);

/** A generation as its page shows it. */
export type ShownGeneration = NonNullable<GenerationQuery["generation"]>;
