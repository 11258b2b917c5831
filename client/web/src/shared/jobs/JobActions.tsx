import { useApolloClient } from "@apollo/client/react";
import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import type { JobStatus } from "../../gql/graphql.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { useNavigateLater } from "../url/useNavigateLater.ts";
import { ConfirmButton } from "../dialog/ConfirmButton.tsx";
import type { ShownError } from "../feedback/errors.ts";
import type { JobChanges } from "./changes.ts";
import { useJobChange } from "./useJobChange.ts";

interface Props {
  job: { __typename: string; id: string; status: JobStatus };
  changes: JobChanges;
  /** The job's noun, such as "evaluation"; its list is at the plural. */
  noun: string;
  name: string;
  /** A description of what is deleted with it and what is kept. */
  consequence: string;
}

/** Cancels an active job; retries one that did not complete; deletes one that has ended, after a confirmation. */
export function JobActions({ job, changes, noun, name, consequence }: Props): ReactElement {
  const cancel = useJobChange(changes.cancel, job.id, `The ${noun} was not cancelled`);
  const retry = useJobChange(changes.retry, job.id, `The ${noun} was not retried`);
  const failure = `The ${noun} was not deleted`;
  const remove = useJobChange(changes.remove, job.id, failure);
  const client = useApolloClient();
  const navigateLater = useNavigateLater();
  const removeJob = async (): Promise<readonly ShownError[]> => {
    const navigate = navigateLater();
    const errors = await remove.request();
    if (errors.length === 0) {
      await navigate(`/${noun}s`);
      client.cache.evict({ id: client.cache.identify({ __typename: job.__typename, id: job.id }) ?? "" });
    }
    return errors;
  };
  if (isUnfinished(job)) {
    return (
      <Button variant="default" loading={cancel.isBusy} onClick={() => void cancel.change()}>
        Cancel
      </Button>
    );
  }
  return (
    <>
      {job.status !== "COMPLETED" && (
        <Button loading={retry.isBusy} onClick={() => void retry.change()}>
          Retry
        </Button>
      )}
      <ConfirmButton label="Delete" title={`Delete ${name}?`} action={`Delete the ${noun}`} failure={failure} onConfirm={removeJob}>
        {consequence}
      </ConfirmButton>
    </>
  );
}
