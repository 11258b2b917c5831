import type { ApolloCache } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { print } from "graphql";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ShownError } from "../../../../shared/feedback/errors.ts";
import { countChange } from "../../../../shared/live/changes.ts";
import { follow, type StreamState } from "../../../../shared/live/follow.ts";
import { socketClient } from "../../../../shared/live/socket.ts";
import { createBatch } from "./batch.ts";
import { eventsOf, linesOf, type LiveRun, type LogLine, NOTHING_YET, RUN_EVENTS, type RunEvent, type RunState, withEvents } from "./events.ts";
import { Topic } from "./topic.ts";

/** A run as it happens. */
export interface RunFeed {
  live: LiveRun;
  /** State of the stream; null while none is needed. */
  stream: StreamState | null;
  /** The error with which the stream was refused. */
  errors: readonly ShownError[];
  /** The log lines, as they come. */
  lines: Topic<readonly LogLine[]>;
}

interface Followed {
  id: string;
  /** Whether the run is waiting or running. */
  isActive: boolean;
  /** Sequence number of an event that the loaded run includes. */
  after: number;
  /** Loads the run again: its status has changed, or the stream has ended. */
  reload: () => Promise<unknown>;
}

/** Follows an active run over one WebSocket until it has finished; its states go to the cache. */
export function useRunFeed({ id, isActive, after, reload }: Followed): RunFeed {
  const { cache } = useApolloClient();
  const [live, setLive] = useState(NOTHING_YET);
  const [stream, setStream] = useState<{ state: StreamState; errors: readonly ShownError[] } | null>(null);
  const [lines] = useState(() => new Topic<readonly LogLine[]>());
  const [session, setSession] = useState({ after });
  const status = useRef("");
  const last = useRef(after);

  const receive = useCallback(
    (events: readonly RunEvent[]) => {
      last.current = events.at(-1)?.seq ?? last.current;
      setLive((known) => withEvents(known, events));
      lines.send(linesOf(events));
      const { state } = withEvents(NOTHING_YET, events);
      if (state !== undefined && state.status !== status.current) {
        countChange();
      }
      if (state !== undefined && !isFinal(state)) {
        writeState(cache, id, state);
        if (status.current !== "" && status.current !== state.status) {
          void reload();
        }
        status.current = state.status;
      }
    },
    [cache, id, lines, reload],
  );

  useEffect(() => {
    if (!isActive) {
      return undefined;
    }
    const batch = createBatch(receive);
    const changeState = (state: StreamState, errors: readonly ShownError[] = []): void => {
      setStream({ state, errors });
      if (state !== "ended" && state !== "refused") {
        return;
      }
      batch.flush();
      const loaded = reload();
      if (state === "ended") {
        void loaded.finally(() => {
          setLive(NOTHING_YET);
          setSession({ after: last.current });
        });
      }
    };
    const followed = { query: print(RUN_EVENTS), variables: { id }, after: session.after, positionOf, eventsOf };
    const stop = follow(socketClient(), followed, { events: batch.add, state: changeState });
    return () => {
      batch.flush();
      stop();
      setStream(null);
    };
  }, [id, isActive, receive, reload, session]);

  return { live, stream: stream?.state ?? null, errors: stream?.errors ?? [], lines };
}

function positionOf({ seq }: RunEvent): number {
  return seq;
}

function isFinal({ status }: RunState): boolean {
  return status !== "PENDING" && status !== "RUNNING";
}

/** Writes a state into the cache, but for a final one: at the end of the stream the whole run is loaded again. */
function writeState(cache: ApolloCache, run: string, state: RunState): void {
  const { status, progress, attempt, trainingProgress, reason } = state;
  cache.modify({
    id: cache.identify({ __typename: "Run", id: run }) ?? "",
    fields: {
      status: () => status,
      progress: () => progress,
      attempt: () => attempt,
      trainingProgress: () => trainingProgress,
      statusReason: (known: string) => reason ?? known,
    },
  });
}
