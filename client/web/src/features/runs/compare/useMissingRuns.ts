import { useApolloClient } from "@apollo/client/react";
import { useEffect, useEffectEvent } from "react";
import { graphql } from "../../../gql/gql.ts";
import { shownErrors } from "../../../shared/feedback/errors.ts";

const RUN_EXISTS = graphql(`
  query RunExists($id: ID!) {
    run(id: $id) {
      id
    }
  }
`);

/** Finds out which runs do not exist, once a comparison was refused because one does not. */
export function useMissingRuns(ids: readonly string[], error: unknown, onMissing: (ids: readonly string[]) => void): void {
  const client = useApolloClient();
  const isRefused = error !== undefined && shownErrors(error).some(({ code }) => code === "NOT_FOUND");
  const found = useEffectEvent((missing: readonly string[]) => {
    if (missing.length > 0) {
      onMissing(missing);
    }
  });
  const text = ids.join(",");
  useEffect(() => {
    if (!isRefused) {
      return undefined;
    }
    const stop = new AbortController();
    const exists = async (id: string): Promise<boolean> => {
      const { data } = await client.query({ query: RUN_EXISTS, variables: { id }, fetchPolicy: "network-only" });
      return data?.run !== null;
    };
    const look = async (): Promise<void> => {
      const asked = text.split(",");
      const there = await Promise.all(asked.map(exists));
      if (!stop.signal.aborted) {
        found(asked.filter((_, place) => there[place] === false));
      }
    };
    // The refusal is shown already.
    look().catch(() => {});
    return () => stop.abort();
  }, [client, isRefused, text]);
}
