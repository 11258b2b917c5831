import { useApolloClient, useMutation } from "@apollo/client/react";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../shared/feedback/errors.ts";
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
  onClose: () => void;
  /** Called if it was deleted by somebody else meanwhile. */
  onGone: () => void;
}

/** Asks whether to delete a dataset, and does it. */
export function DeleteDataset({ id, datasetKey, onClose, onGone }: Props): ReactElement {
  const client = useApolloClient();
  const navigateLater = useNavigateLater();
  const [remove, { data, error, loading }] = useMutation(DELETE, { variables: { input: { id } } });
  const errors = error ? shownErrors(error) : shownUserErrors(data?.deleteDataset.errors ?? []);
  const confirm = async (): Promise<void> => {
    const navigate = navigateLater();
    const result = await remove();
    const payload = result.data?.deleteDataset;
    if (payload?.errors.some(({ code }) => code === "NOT_FOUND")) {
      onClose();
      onGone();
    } else if (payload?.deletedUuid) {
      await navigate("/datasets");
      client.cache.evict({ id: "ROOT_QUERY", fieldName: "datasets" });
      client.cache.evict({ id: client.cache.identify({ __typename: "Dataset", id }) ?? "" });
      notifications.show({ message: `${datasetKey} was deleted.` });
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Delete ${datasetKey}?`}>
      <Stack gap="md">
        <Text size="sm">The dataset and its list of members are deleted permanently. The traces stay.</Text>
        {errors.length > 0 && <ErrorNotice title="The dataset was not deleted" errors={errors} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red.9" loading={loading} onClick={() => void confirm().catch(() => {})}>
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
