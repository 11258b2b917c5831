import { useApolloClient, useMutation } from "@apollo/client/react";
import { ActionIcon, Button, Group, Tooltip } from "@mantine/core";
import { IconDownload, IconTrash } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import type { JobStatus } from "../../gql/graphql.ts";
import { download } from "../download.ts";
import { shownErrors } from "../feedback/errors.ts";
import { notifyErrors, settle } from "../feedback/settle.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { EXPORT } from "./useLiveExport.ts";

const CANCEL = graphql(`
  mutation CancelExport($input: CancelExportInput!) {
    cancelExport(input: $input) {
      export {
        id
        ...ExportRow
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
  mutation RetryExport($input: RetryExportInput!) {
    retryExport(input: $input) {
      export {
        id
        ...ExportRow
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
  mutation DeleteExport($input: DeleteExportInput!) {
    deleteExport(input: $input) {
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
  status: JobStatus;
  fileName: string;
  hasFile: boolean;
  onGone: () => void;
}

/** Download, cancel, retry and delete, whichever an export's status allows. */
export function ExportActions({ id, status, fileName, hasFile, onGone }: Props): ReactElement {
  const client = useApolloClient();
  const variables = { input: { id } };
  const [cancel, cancelling] = useMutation(CANCEL, { variables });
  const [retry, retrying] = useMutation(RETRY, { variables });
  const [remove, removing] = useMutation(DELETE, { variables });
  const isActive = isUnfinished({ status });
  const fetchFile = async (): Promise<void> => {
    try {
      const { data } = await client.query({ query: EXPORT, variables: { id }, fetchPolicy: "network-only" });
      const address = data?.export?.downloadUrl;
      if (address) {
        download(address, fileName);
      } else {
        notifyErrors("There is no file", [{ code: "NOT_FOUND", message: "The file is no longer stored; export again.", field: "" }]);
      }
    } catch (error) {
      notifyErrors("The file could not be downloaded", shownErrors(error));
    }
  };
  const removeIt = async (): Promise<void> => {
    if (await settle("The export was not deleted", remove(), (data) => data.deleteExport)) {
      onGone();
    }
  };
  return (
    <Group gap={4} wrap="nowrap">
      {status === "COMPLETED" && hasFile && (
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void fetchFile()}>
          Download
        </Button>
      )}
      {isActive && (
        <Button
          variant="default"
          loading={cancelling.loading}
          onClick={() => void settle("The export was not cancelled", cancel(), (data) => data.cancelExport)}
        >
          Cancel
        </Button>
      )}
      {!isActive && status !== "COMPLETED" && (
        <Button
          variant="default"
          loading={retrying.loading}
          onClick={() => void settle("The export was not retried", retry(), (data) => data.retryExport)}
        >
          Retry
        </Button>
      )}
      {!isActive && (
        <Tooltip label="Delete the export and its file">
          <ActionIcon
            size={30}
            aria-label={`Delete ${fileName}`}
            loading={removing.loading}
            onClick={() => void removeIt()}
          >
            <IconTrash size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}
