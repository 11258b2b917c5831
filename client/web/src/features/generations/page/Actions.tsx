import { useApolloClient, useMutation } from "@apollo/client/react";
import type { ReactElement } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { settle } from "../../../shared/feedback/settle.ts";
import { JobActions } from "../../../shared/jobs/JobActions.tsx";
import type { ShownGeneration } from "./documents.ts";

const CANCEL = graphql(`
  mutation CancelGeneration($id: ID!) {
    cancelGeneration(input: { id: $id }) {
      generation {
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
  mutation RetryGeneration($id: ID!) {
    retryGeneration(input: { id: $id }) {
      generation {
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
  mutation DeleteGeneration($id: ID!) {
    deleteGeneration(input: { id: $id }) {
      deletedUuid
      errors {
        code
        message
        path
      }
    }
  }
`);

/** What can be done with a generation: cancel, retry and delete it. */
export function GenerationActions({ generation: { id, modelId, status } }: { generation: ShownGeneration }): ReactElement {
  const [cancel] = useMutation(CANCEL, { variables: { id } });
  const [retry] = useMutation(RETRY, { variables: { id } });
  const [remove] = useMutation(DELETE, { variables: { id } });
  const client = useApolloClient();
  const navigate = useNavigate();
  const deleted = async (): Promise<void> => {
    const payload = await settle("The generation was not deleted", remove(), (data) => data.deleteGeneration);
    if (payload !== undefined) {
      await navigate("/generations");
      client.cache.evict({ id: client.cache.identify({ __typename: "Generation", id }) ?? "" });
    }
  };
  return (
    <JobActions
      noun="generation"
      name={`the answers of ${modelId}`}
      status={status}
      consequence="Its progress and settings are deleted permanently; the answers are kept as traces."
      onCancel={() => settle("The generation was not cancelled", cancel(), (data) => data.cancelGeneration)}
      onRetry={() => settle("The generation was not retried", retry(), (data) => data.retryGeneration)}
      onDelete={deleted}
    />
  );
}
