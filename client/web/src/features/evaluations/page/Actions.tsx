import { useApolloClient, useMutation } from "@apollo/client/react";
import type { ReactElement } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { settle } from "../../../shared/feedback/settle.ts";
import { JobActions } from "../../../shared/jobs/JobActions.tsx";
import type { ShownEvaluation } from "./documents.ts";

const CANCEL = graphql(`
  mutation CancelEvaluation($id: ID!) {
    cancelEvaluation(input: { id: $id }) {
      evaluation {
        id
        status
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
    retryEvaluation(input: { id: $id }) {
      evaluation {
        id
        status
        progress
        error {
          code
          message
        }
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
    deleteEvaluation(input: { id: $id }) {
      deletedUuid
      errors {
        code
        message
        path
      }
    }
  }
`);

/** What can be done with an evaluation: cancel, retry and delete it. */
export function EvaluationActions({ evaluation: { id, name, status } }: { evaluation: ShownEvaluation }): ReactElement {
  const [cancel] = useMutation(CANCEL, { variables: { id } });
  const [retry] = useMutation(RETRY, { variables: { id } });
  const [remove] = useMutation(DELETE, { variables: { id } });
  const client = useApolloClient();
  const navigate = useNavigate();
  const deleted = async (): Promise<void> => {
    const payload = await settle("The evaluation was not deleted", remove(), (data) => data.deleteEvaluation);
    if (payload !== undefined) {
      await navigate("/evaluations");
      client.cache.evict({ id: client.cache.identify({ __typename: "Evaluation", id }) ?? "" });
    }
  };
  return (
    <JobActions
      noun="evaluation"
      name={name}
      status={status}
      consequence="Its results are deleted permanently; the answers and their scores are kept."
      onCancel={() => settle("The evaluation was not cancelled", cancel(), (data) => data.cancelEvaluation)}
      onRetry={() => settle("The evaluation was not retried", retry(), (data) => data.retryEvaluation)}
      onDelete={deleted}
    />
  );
}
