import type { Client } from "graphql-ws";
import type { ShownError } from "../feedback/errors.ts";

/** State of a stream of events. */
export type StreamState = "connecting" | "live" | "reconnecting" | "ended" | "refused";

/** A subscription that resumes after the connection was lost: after its last event, if its events have positions. */
export interface Followed<Event> {
  /** Text of the subscription; it has the variable `$after` if its events have positions. */
  query: string;
  variables: Record<string, unknown>;
  /** The position after which the events begin, and how to read it from an event. */
  after?: number | string | undefined;
  positionOf?: (event: Event) => number | string;
  /** The events of one result. */
  eventsOf: (data: Record<string, unknown>) => readonly Event[];
}

export interface Observer<Event> {
  events: (events: readonly Event[]) => void;
  state: (state: StreamState, errors?: readonly ShownError[]) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Codes by which the server refuses a socket; after any other one it is worth trying again. */
const REFUSALS = { from: 4400, to: 4499 };

/** Follows a stream of events over every connection that it takes, each event once and in order; returns how to stop. */
export function follow<Event>(client: Client, followed: Followed<Event>, observer: Observer<Event>): () => void {
  let after = followed.after;
  let pause = FIRST_PAUSE_MS;
  let isStopped = false;
  let end: (() => void) | undefined;

  const receive = (data: Record<string, unknown>): void => {
    const events = followed.eventsOf(data);
    const last = events.at(-1);
    if (last !== undefined) {
      after = followed.positionOf?.(last);
      observer.events(events);
    }
  };
  const fail = (reason: unknown): void => {
    if (isStopped) {
      return;
    }
    if (!isLost(reason)) {
      observer.state("refused", refusals(reason));
      return;
    }
    observer.state("reconnecting");
    const timer = setTimeout(connect, pause);
    end = () => clearTimeout(timer);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  };
  const connect = (): void => {
    const variables = { ...followed.variables, ...(after === undefined ? {} : { after }) };
    const forget = client.on("connected", () => {
      pause = FIRST_PAUSE_MS;
      observer.state("live");
    });
    const unsubscribe = client.subscribe<Record<string, unknown>>(
      { query: followed.query, variables },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) {
            observer.state("refused", refusals(errors));
          } else if (data) {
            observer.state("live");
            receive(data);
          }
        },
        error: (reason) => {
          forget();
          fail(reason);
        },
        complete: () => {
          forget();
          if (!isStopped) {
            observer.state("ended");
          }
        },
      },
    );
    end = () => {
      forget();
      unsubscribe();
    };
  };

  observer.state("connecting");
  connect();
  return () => {
    isStopped = true;
    end?.();
  };
}

/** Whether a subscription ended because the server is unreachable, and not because it was refused. */
function isLost(reason: unknown): boolean {
  if (reason instanceof CloseEvent) {
    return reason.code < REFUSALS.from || reason.code > REFUSALS.to;
  }
  return reason instanceof Event || (Array.isArray(reason) && reason.every((error) => codeOf(error) === "UNAVAILABLE"));
}

function refusals(reason: unknown): ShownError[] {
  if (Array.isArray(reason)) {
    return reason.map((error: { message?: string }) => ({ code: codeOf(error), message: error.message ?? "", field: "" }));
  }
  const message = reason instanceof CloseEvent ? `${reason.code} ${reason.reason}` : String(reason);
  return [{ code: "UNAVAILABLE", message: `The server closed the connection: ${message}`, field: "" }];
}

function codeOf(error: unknown): string {
  const { extensions } = error as { extensions?: { code?: string } };
  return extensions?.code ?? "INTERNAL";
}
