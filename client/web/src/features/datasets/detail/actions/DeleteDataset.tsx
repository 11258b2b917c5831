import { useApolloClient, useMutation } from "@apollo/client/react";
import { notifications } from "@mantine/notifications";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { ConfirmButton } from "../../../../shared/dialog/ConfirmButton.tsx";
import type { ShownError } from "../../../../shared/feedback/errors.ts";
import { outcomeOf } from "../../../../shared/feedback/settle.ts";
import { useNavigateLater } from "../../../../shared/url/useNavigateLater.ts";

const DELETE = graphql(`
  mutation DeleteDataset($input: DeleteDatasetInput!) {
    deleteDataset(input: $input) {
      deletedUuid
      errors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  id: string;
  datasetKey: string;
  isDisabled: boolean;
  /** Called if it was deleted by somebody else meanwhile. */
  onGone: () => void;
}

/** Deletes a dataset, after a question. */
export function DeleteDataset({ id, datasetKey, isDisabled, onGone }: Props): ReactElement {
  const client = useApolloClient();
  const navigateLater = useNavigateLater();
  const [remove] = useMutation(DELETE, { variables: { input: { id } } });
  const confirm = async (): Promise<readonly ShownError[]> => {
    const navigate = navigateLater();
    const { errors } = await outcomeOf(remove(), (data) => data.deleteDataset);
    if (errors.some(({ code }) => code === "NOT_FOUND")) {
      onGone();
      return [];
    }
    if (errors.length === 0) {
      await navigate("/datasets");
      client.cache.evict({ id: "ROOT_QUERY", fieldName: "datasets" });
      client.cache.evict({ id: client.cache.identify({ __typename: "Dataset", id }) ?? "" });
      notifications.show({ message: `${datasetKey} is deleted.` });
    }
    return errors;
  };
  return (
    <ConfirmButton
      label="Delete"
      isDisabled={isDisabled}
      title={`Delete ${datasetKey}?`}
      action="Delete the dataset"
      failure="The dataset was not deleted"
      onConfirm={confirm}
    >
      The dataset and its list of members are deleted permanently. The traces are kept.
    </ConfirmButton>
  );
}
