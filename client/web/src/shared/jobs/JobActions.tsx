import { Button } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { JobStatus } from "../../gql/graphql.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { DeleteButton } from "./DeleteButton.tsx";

interface Props {
  /** What the job is called, such as "evaluation". */
  noun: string;
  name: string;
  status: JobStatus;
  /** What is lost, and what is kept. */
  consequence: string;
  onCancel: () => Promise<unknown>;
  onRetry: () => Promise<unknown>;
  onDelete: () => Promise<unknown>;
}

/** Cancels a job that goes on; retries one that did not complete; deletes one that has ended, after a question. */
export function JobActions({ noun, name, status, consequence, onCancel, onRetry, onDelete }: Props): ReactElement {
  const [isBusy, setBusy] = useState(false);
  const run = async (action: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    await action().finally(() => setBusy(false));
  };
  if (isUnfinished({ status })) {
    return (
      <Button variant="default" loading={isBusy} onClick={() => void run(onCancel)}>
        Cancel
      </Button>
    );
  }
  return (
    <>
      {status !== "COMPLETED" && (
        <Button loading={isBusy} onClick={() => void run(onRetry)}>
          Retry
        </Button>
      )}
      <DeleteButton noun={noun} name={name} consequence={consequence} onDelete={onDelete} />
    </>
  );
}
