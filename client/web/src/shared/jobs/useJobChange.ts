import { useMutation } from "@apollo/client/react";
import { settle } from "../feedback/settle.ts";
import type { JobChange } from "./changes.ts";

/**
 * Returns a function that changes a job, such as to cancel it, and whether that is under way. Why a change was refused is
 * shown under a title; the function returns whether it was made.
 */
export function useJobChange(document: JobChange, id: string, title: string): { change: () => Promise<boolean>; isBusy: boolean } {
  const [mutate, { loading }] = useMutation(document, { variables: { id } });
  const change = async (): Promise<boolean> => (await settle(title, mutate(), ({ payload }) => payload)) !== undefined;
  return { change, isBusy: loading };
}
