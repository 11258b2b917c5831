import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { JobActions } from "../../../shared/jobs/JobActions.tsx";
import type { ShownEvaluation } from "./documents.ts";

const CANCEL = graphql(`
  mutation CancelEvaluation($id: ID!) {
    payload: cancelEvaluation(input: { id: $id }) {
      evaluation {
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
  mutation RetryEvaluation($id: ID!) {
    payload: retryEvaluation(input: { id: $id }) {
      evaluation {
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
  mutation DeleteEvaluation($id: ID!) {
    payload: deleteEvaluation(input: { id: $id }) {
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

/** The actions on an evaluation: cancel, retry and delete it. */
export function EvaluationActions({ evaluation }: { evaluation: ShownEvaluation }): ReactElement {
  return (
    <JobActions
      job={evaluation}
      changes={CHANGES}
      noun="evaluation"
      name={evaluation.name}
      consequence="Its results are deleted permanently; the answers and their scores are kept."
    />
  );
}
