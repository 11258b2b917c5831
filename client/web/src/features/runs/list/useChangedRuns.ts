import { useApolloClient } from "@apollo/client/react";
import { print } from "graphql";
import { useEffect, useRef, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { ChangedRunFragment } from "../../../gql/graphql.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { countChange } from "../../../shared/live/changes.ts";
import { follow } from "../../../shared/live/follow.ts";
import { socketClient } from "../../../shared/live/socket.ts";

/** The fields of a run that change while it is active. */
export const CHANGED_RUN = graphql(`
  fragment ChangedRun on Run {
    id
    uuid
    createdAt
    status
    statusReason
    progress
    attempt
    startedAt
    completedAt
    durationSeconds
    trainingProgress {
      step
      totalSteps
      etaSeconds
    }
    latestMetrics {
      name
      value
      kind
    }
  }
`);

const STREAM = graphql(`
  subscription ChangedRuns($where: RunWhere) {
    runChanged(where: $where) {
      ...ChangedRun
    }
  }
`);

interface Listener {
  /** Called with each run that was created or has changed. */
  onRun: (run: ChangedRunFragment) => void;
  /** Called when the connection is restored: runs may have been deleted in the meantime. */
  onReturn: () => void;
}

/**
 * Keeps runs in the cache up to date, and calls back for each that matches a filter; null follows nothing.
 * Returns whether the server is unreachable.
 */
export function useChangedRuns(where: Where | null, listener: Listener): boolean {
  const [isAway, setAway] = useState(false);
  const client = useApolloClient();
  const current = useRef(listener);
  useEffect(() => {
    current.current = listener;
  });
  const text = where === null ? null : JSON.stringify(where);
  useEffect(() => {
    if (text === null) {
      return undefined;
    }
    let wasAway = false;
    const statuses = new Map<string, string>();
    return follow<ChangedRunFragment>(
      socketClient(),
      { query: print(STREAM), variables: { where: JSON.parse(text) as Where }, eventsOf },
      {
        events: (runs) => {
          for (const run of runs) {
            if (statuses.get(run.id) !== run.status) {
              statuses.set(run.id, run.status);
              countChange();
            }
            client.cache.writeFragment({ fragment: CHANGED_RUN, data: run, id: client.cache.identify({ ...run }) ?? "" });
            current.current.onRun(run);
          }
        },
        state: (state) => {
          if (state === "live" && wasAway) {
            current.current.onReturn();
          }
          wasAway = state === "reconnecting";
          setAway(wasAway);
        },
      },
    );
  }, [client, text]);
  return isAway;
}

function eventsOf(data: Record<string, unknown>): readonly ChangedRunFragment[] {
  return [(data as { runChanged: ChangedRunFragment }).runChanged];
}
