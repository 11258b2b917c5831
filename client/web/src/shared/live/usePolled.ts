import type { ErrorLike, OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import type { MaybeMasked } from "@apollo/client/masking";

const INTERVAL_MS = 15_000;

/** The last answer to a query that is asked again and again. */
export interface Polled<Data> {
  /** The last answer, which stays while a newer one is awaited or refused; undefined before the first. */
  data: MaybeMasked<Data> | undefined;
  /** Why the newest request was refused; undefined if it was answered. */
  error: ErrorLike | undefined;
  refetch: () => void;
}

/** Asks a query every 15 seconds while the window is visible. */
export function usePolled<Data>(document: TypedDocumentNode<Data, Record<string, never>>): Polled<Data> {
  const { data, previousData, error, refetch } = useQuery<Data, OperationVariables>(document, {
    fetchPolicy: "cache-and-network",
    pollInterval: INTERVAL_MS,
    skipPollAttempt: () => globalThis.document.hidden,
  });
  return { data: (data ?? previousData) as MaybeMasked<Data> | undefined, error, refetch: () => void refetch() };
}
