import { useApolloClient, useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactElement } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { Confirm } from "../../../shared/feedback/Confirm.tsx";
import { settle } from "../../../shared/feedback/settle.ts";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";
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
export function EvaluationActions({ evaluation }: { evaluation: ShownEvaluation }): ReactElement {
  const { id, status } = evaluation;
  const [cancel, cancelling] = useMutation(CANCEL, { variables: { id } });
  const [retry, retrying] = useMutation(RETRY, { variables: { id } });
  const isActive = isUnfinished(evaluation);
  return (
    <>
      {isActive && (
        <Button
          variant="default"
          loading={cancelling.loading}
          onClick={() => void settle("The evaluation was not cancelled", cancel(), (data) => data.cancelEvaluation)}
        >
          Cancel
        </Button>
      )}
      {!isActive && status !== "COMPLETED" && (
        <Button loading={retrying.loading} onClick={() => void settle("The evaluation was not retried", retry(), (data) => data.retryEvaluation)}>
          Retry
        </Button>
      )}
      {!isActive && <DeleteButton evaluation={evaluation} />}
    </>
  );
}

function DeleteButton({ evaluation: { id, name } }: { evaluation: ShownEvaluation }): ReactElement {
  const [isOpen, question] = useDisclosure(false);
  const [remove, { loading }] = useMutation(DELETE, { variables: { id } });
  const client = useApolloClient();
  const navigate = useNavigate();
  const confirmed = async (): Promise<void> => {
    const payload = await settle("The evaluation was not deleted", remove(), (data) => data.deleteEvaluation);
    question.close();
    if (payload !== undefined) {
      await navigate("/evaluations");
      client.cache.evict({ id: client.cache.identify({ __typename: "Evaluation", id }) ?? "" });
    }
  };
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Delete
      </Button>
      <Confirm title={`Delete ${name}?`} action="Delete the evaluation" isOpen={isOpen} isBusy={loading} onClose={question.close} onConfirm={() => void confirmed()}>
        Its results are deleted permanently; the answers and their scores are kept.
      </Confirm>
    </>
  );
}
