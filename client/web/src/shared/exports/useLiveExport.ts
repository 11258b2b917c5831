import { useApolloClient } from "@apollo/client/react";
import { print } from "graphql";
import { useEffect, useState } from "react";
import { graphql } from "../../gql/gql.ts";
import type { ExportStreamSubscription } from "../../gql/graphql.ts";
import { countChange } from "../live/changes.ts";
import { follow, type StreamState } from "../live/follow.ts";
import { socketClient } from "../live/socket.ts";
import { isUnfinished } from "../live/usePollingWhile.ts";

const STREAM = graphql(`
  subscription ExportStream($id: ID!, $after: Int!) {
    exportEvents(id: $id, after: $after) {
      seq
      status
      progress
      rowCount
      byteSize
    }
  }
`);

/** An export with everything that a row shows of it. */
export const EXPORT = graphql(`
  query Export($id: ID!) {
    export(id: $id) {
      id
      downloadUrl
      ...ExportRow
    }
  }
`);

type ExportEvent = ExportStreamSubscription["exportEvents"][number];

/** Keeps an export in the cache up to date while it is being written; returns the state of its stream. */
export function useLiveExport(id: string, isActive: boolean): StreamState | undefined {
  const client = useApolloClient();
  const [state, setState] = useState<StreamState>();
  useEffect(() => {
    if (!isActive) {
      return undefined;
    }
    const key = client.cache.identify({ __typename: "Export", id });
    const readOutcome = (): void =>
      void client.query({ query: EXPORT, variables: { id }, fetchPolicy: "network-only" }).catch(() => {});
    return follow<ExportEvent>(
      socketClient(),
      { query: print(STREAM), variables: { id }, after: 0, positionOf: ({ seq }) => seq, eventsOf },
      {
        events: (events) => {
          const last = events.at(-1);
          if (key !== undefined && last !== undefined) {
            client.cache.modify({ id: key, fields: fieldsOf(last) });
          }
          if (last !== undefined && !isUnfinished(last)) {
            countChange();
            readOutcome();
          }
        },
        state: (next) => {
          setState(next);
          if (next === "ended") {
            readOutcome();
          }
        },
      },
    );
  }, [client, id, isActive]);
  return isActive ? state : undefined;
}

function eventsOf(data: Record<string, unknown>): readonly ExportEvent[] {
  return (data as ExportStreamSubscription).exportEvents;
}

function fieldsOf({ status, progress, rowCount, byteSize }: ExportEvent): Record<string, () => unknown> {
  return { status: () => status, progress: () => progress, rowCount: () => rowCount, byteSize: () => byteSize };
}
