import { useApolloClient, useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { JobStatus } from "../../gql/graphql.ts";
import { settle } from "../feedback/settle.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { useNavigateLater } from "../url/useNavigateLater.ts";
import type { JobChange, JobChanges } from "./changes.ts";
import { DeleteButton } from "./DeleteButton.tsx";

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
  const [isBusy, setBusy] = useState(false);
  const cancel = useChange(changes.cancel, job.id, `The ${noun} was not cancelled`);
  const retry = useChange(changes.retry, job.id, `The ${noun} was not retried`);
  const remove = useChange(changes.remove, job.id, `The ${noun} was not deleted`);
  const client = useApolloClient();
  const navigateLater = useNavigateLater();
  const run = async (action: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    await action().finally(() => setBusy(false));
  };
  const removeJob = async (): Promise<void> => {
    const navigate = navigateLater();
    if (await remove()) {
      await navigate(`/${noun}s`);
      client.cache.evict({ id: client.cache.identify({ __typename: job.__typename, id: job.id }) ?? "" });
    }
  };
  if (isUnfinished(job)) {
    return (
      <Button variant="default" loading={isBusy} onClick={() => void run(cancel)}>
        Cancel
      </Button>
    );
  }
  return (
    <>
      {job.status !== "COMPLETED" && (
        <Button loading={isBusy} onClick={() => void run(retry)}>
          Retry
        </Button>
      )}
      <DeleteButton noun={noun} name={name} consequence={consequence} onDelete={removeJob} />
    </>
  );
}

/** Returns a function that makes a change and shows why it was refused; the function returns whether it was made. */
function useChange(document: JobChange, id: string, title: string): () => Promise<boolean> {
  const [change] = useMutation(document, { variables: { id } });
  return async () => (await settle(title, change(), ({ payload }) => payload)) !== undefined;
}
