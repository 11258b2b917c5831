import { useApolloClient } from "@apollo/client/react";
import { useEffect, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { AdjacentTracesQueryVariables } from "../../../../gql/graphql.ts";

const POSITION = graphql(`
  query Position($where: TraceWhere, $orderBy: [TraceOrder!]) {
    traces(where: $where, orderBy: $orderBy, first: 1) {
      edges {
        cursor
      }
    }
  }
`);

const ADJACENT_TRACES = graphql(`
  query AdjacentTraces($where: TraceWhere, $orderBy: [TraceOrder!], $cursor: String!) {
    before: traces(where: $where, orderBy: $orderBy, last: 1, before: $cursor) {
      edges {
        node {
          id
          uuid
        }
      }
    }
    after: traces(where: $where, orderBy: $orderBy, first: 1, after: $cursor) {
      edges {
        node {
          id
          uuid
        }
      }
    }
  }
`);

/** A list of traces by its filter and order. */
export type TraceList = Pick<AdjacentTracesQueryVariables, "where" | "orderBy">;

export interface AdjacentTraces {
  previous: string | undefined;
  next: string | undefined;
}

/**
 * The UUIDs of the traces before and after one in a list. Two requests, past the cache: its lists hold pages that
 * follow one another, and these are single rows from the middle. Undefined until they are known.
 */
export function useAdjacentTraces(id: string, list: TraceList): AdjacentTraces | undefined {
  const client = useApolloClient();
  const [found, setFound] = useState<{ id: string; adjacent: AdjacentTraces }>();
  const key = JSON.stringify(list);
  useEffect(() => {
    const stop = new AbortController();
    const { where, orderBy } = JSON.parse(key) as TraceList;
    const load = async (): Promise<void> => {
      // A cursor is a place in an order, whatever the filter: also of a trace that a new score took out of the list.
      const here = { where: { id: { eq: id } }, orderBy };
      const position = await client.query({ query: POSITION, variables: here, fetchPolicy: "no-cache" });
      const cursor = position.data?.traces.edges[0]?.cursor;
      if (cursor === undefined || stop.signal.aborted) {
        return;
      }
      const { data } = await client.query({ query: ADJACENT_TRACES, variables: { where, orderBy, cursor }, fetchPolicy: "no-cache" });
      if (!stop.signal.aborted) {
        const adjacent = { previous: data?.before.edges[0]?.node.uuid, next: data?.after.edges[0]?.node.uuid };
        setFound({ id, adjacent });
      }
    };
    // The page works without its adjacent traces, so an error here is not shown.
    load().catch(() => {});
    return () => stop.abort();
  }, [client, id, key]);
  return found?.id === id ? found.adjacent : undefined;
}
