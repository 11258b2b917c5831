import { useApolloClient } from "@apollo/client/react";
import { Button, Group } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import type { JobStatus } from "../../gql/graphql.ts";
import { ConfirmButton } from "../dialog/ConfirmButton.tsx";
import { download } from "../download.ts";
import { type ShownError, shownErrors } from "../feedback/errors.ts";
import { notifyErrors } from "../feedback/settle.ts";
import { useJobChange } from "../jobs/useJobChange.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { EXPORT } from "./useLiveExport.ts";

const CANCEL = graphql(`
  mutation CancelExport($id: ID!) {
    payload: cancelExport(input: { id: $id }) {
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
  mutation RetryExport($id: ID!) {
    payload: retryExport(input: { id: $id }) {
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
  mutation DeleteExport($id: ID!) {
    payload: deleteExport(input: { id: $id }) {
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
  const cancel = useJobChange(CANCEL, id, "The export was not cancelled");
  const retry = useJobChange(RETRY, id, "The export was not retried");
  const failure = "The export was not deleted";
  const remove = useJobChange(DELETE, id, failure);
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
  const removeIt = async (): Promise<readonly ShownError[]> => {
    const errors = await remove.request();
    if (errors.length === 0) {
      onGone();
    }
    return errors;
  };
  return (
    <Group gap={4} wrap="nowrap">
      {status === "COMPLETED" && hasFile && (
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void fetchFile()}>
          Download
        </Button>
      )}
      {isActive && (
        <Button variant="default" loading={cancel.isBusy} onClick={() => void cancel.change()}>
          Cancel
        </Button>
      )}
      {!isActive && status !== "COMPLETED" && (
        <Button variant="default" loading={retry.isBusy} onClick={() => void retry.change()}>
          Retry
        </Button>
      )}
      {!isActive && (
        <ConfirmButton
          label={`Delete ${fileName}`}
          isIcon
          title={`Delete ${fileName}?`}
          action="Delete the export"
          failure={failure}
          onConfirm={removeIt}
        >
          The export and its file are deleted permanently. Nothing that was exported changes.
        </ConfirmButton>
      )}
    </Group>
  );
}
