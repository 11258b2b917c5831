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
      ...TrainingParameters @unmask
    }
  }
`);
