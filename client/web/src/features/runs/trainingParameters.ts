import { graphql } from "../../gql/gql.ts";

/** All parameters of a training, for the page of a run and for starting another run. */
export const TRAINING_PARAMETERS = graphql(`
  fragment TrainingParameters on TrainingConfig {
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
    labels
    resources {
      cpus
      gpus
      tpus
      memoryGib
    }
  }
`);
