import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { JobActions } from "../../../shared/jobs/JobActions.tsx";
import type { ShownGeneration } from "./documents.ts";

const CANCEL = graphql(`
  mutation CancelGeneration($id: ID!) {
    payload: cancelGeneration(input: { id: $id }) {
      generation {
        id
        ...ChangedJob
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RETRY = graphql(`
  mutation RetryGeneration($id: ID!) {
    payload: retryGeneration(input: { id: $id }) {
      generation {
        id
        ...ChangedJob
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const DELETE = graphql(`
  mutation DeleteGeneration($id: ID!) {
    payload: deleteGeneration(input: { id: $id }) {
      deletedUuid
      errors {
        code
        message
        path
      }
    }
  }
`);

const CHANGES = { cancel: CANCEL, retry: RETRY, remove: DELETE };

/** The actions on a generation: cancel, retry and delete it. */
export function GenerationActions({ generation }: { generation: ShownGeneration }): ReactElement {
  return (
    <JobActions
      job={generation}
      changes={CHANGES}
      noun="generation"
      name={`the answers of ${generation.modelId}`}
      consequence="Its progress and settings are deleted permanently; the answers are kept as traces."
    />
  );
}
