import { graphql } from "../../../gql/gql.ts";

/** The configuration of a run: enough to start another like it. */
export const RUN_CONFIGURATION = graphql(`
  fragment RunConfiguration on Run {
    datasetKey
    evalDataset {
      id
      key
    }
    modelId
    method
    engine
    config {
      ...TrainingParameters @unmask
    }
  }
`);
