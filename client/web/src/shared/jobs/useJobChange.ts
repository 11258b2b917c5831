import { useMutation } from "@apollo/client/react";
import type { ShownError } from "../feedback/errors.ts";
import { notifyErrors, outcomeOf } from "../feedback/settle.ts";
import type { JobChange } from "./changes.ts";

interface Changing {
  /** Makes the change, and returns why it was refused. */
  request: () => Promise<readonly ShownError[]>;
  /** Makes the change; why it was refused is shown under the title. */
  change: () => Promise<void>;
  isBusy: boolean;
}

/** Changes a job, such as to cancel it. */
export function useJobChange(document: JobChange, id: string, title: string): Changing {
  const [mutate, { loading }] = useMutation(document, { variables: { id } });
  const request = async (): Promise<readonly ShownError[]> => (await outcomeOf(mutate(), ({ payload }) => payload)).errors;
  const change = async (): Promise<void> => notifyErrors(title, await request());
  return { request, change, isBusy: loading };
}
