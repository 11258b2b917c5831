import { useQuery } from "@apollo/client/react";
import { graphql } from "../../../gql/gql.ts";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { parseReference } from "./reference.ts";

const FIND_TRACE = graphql(`
  query FindTrace($source: String!, $externalId: String!) {
    trace(source: $source, externalId: $externalId) {
      id
      uuid
    }
  }
`);

export interface FoundReference {
  /** The trace's `id` or `uuid`; undefined until it is known. */
  id: string | undefined;
  /** Why the text names no trace. */
  error: string | undefined;
  /** Looks for the trace again, which may have been stored in the meantime. */
  again: () => void;
}

/** Finds the trace that a text names. An id is not looked up here: the comparison reports one that does not exist. */
export function useReference(text: string | null): FoundReference {
  const reference = text === null ? undefined : parseReference(text);
  const external = reference !== undefined && "source" in reference ? reference : undefined;
  const { data, error, refetch } = useQuery(FIND_TRACE, {
    variables: external ?? { source: "", externalId: "" },
    skip: external === undefined,
    fetchPolicy: "cache-and-network",
  });
  const again = (): void => {
    if (external !== undefined) {
      // Why it failed is the error of the query.
      refetch().catch(() => {});
    }
  };
  if (text === null) {
    return { id: undefined, error: undefined, again };
  }
  if (reference === undefined) {
    return { id: undefined, error: "Must be a trace's id, its UUID, the address of its page, or source#externalId", again };
  }
  if (external === undefined) {
    return { id: "id" in reference ? reference.id : undefined, error: undefined, again };
  }
  const missing = data && !data.trace ? `No trace has the source ${external.source} and the external id ${external.externalId}.` : undefined;
  return { id: data?.trace?.uuid, error: error ? shownErrors(error)[0]?.message : missing, again };
}
