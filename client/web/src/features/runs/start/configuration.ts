import { graphql } from "../../../gql/gql.ts";

/** What a run was started with: enough to start another like it. */
export const RUN_CONFIGURATION = graphql(`
  fragment RunConfiguration on Run {
    datasetKey
    evalDataset {
      id
      key
    }
    modelId
    method
    config {
      learningRate
      numEpochs
      batchSize
      maxSeqLength
      maxSteps
      seed
      gradientAccumulationSteps
      warmupSteps
      schedule
      weightDecay
      maxGradNorm
      saveEverySteps
      evalEverySteps
      timeoutSeconds
      template
      customTemplate
      beta
      preference {
        scorer
        rule
        margin
        pairsPerGroup
      }
      grpo {
        rewards {
          scorer
          weight
        }
        numGenerations
        numIterations
        temperature
        topP
        maxNewTokens
        epsilon
      }
      lora {
        rank
        alpha
        modulePath
      }
      mesh {
        fsdp
        tp
      }
    }
  }
`);
