import { graphql } from "../../../../gql/gql.ts";
import type { RunEventsSubscription } from "../../../../gql/graphql.ts";
import { type Curves, withPoints } from "./curves.ts";

/** The events of a run behind a position, and those to come. */
export const RUN_EVENTS = graphql(`
  subscription RunEvents($id: ID!, $after: Int!) {
    runEvents(id: $id, after: $after) {
      seq
      at
      attempt
      ... on RunState {
        status
        progress
        reason
        trainingProgress {
          step
          totalSteps
          epoch
          etaSeconds
        }
      }
      ... on RunLogLine {
        stream
        text
      }
      ... on RunMetricPoint {
        name
        step
        value
        kind
      }
    }
  }
`);

/** An event of a run: a state, a log line or a metric's value. */
export type RunEvent = RunEventsSubscription["runEvents"][number];
export type RunState = Extract<RunEvent, { __typename: "RunState" }>;
export type LogLine = Extract<RunEvent, { __typename: "RunLogLine" }>;
type Point = Extract<RunEvent, { __typename: "RunMetricPoint" }>;

/** The sum of the events since the run was loaded. */
export interface LiveRun {
  curves: Curves;
  /** The newest state; undefined before the first. */
  state: RunState | undefined;
}

/** The state before the first event after the run was loaded. */
export const NOTHING_YET: LiveRun = { curves: new Map(), state: undefined };

/** Returns the state after more events. */
export function withEvents(live: LiveRun, events: readonly RunEvent[]): LiveRun {
  const curves = withPoints(live.curves, events.filter(isPoint));
  const state = events.findLast(isState) ?? live.state;
  return curves === live.curves && state === live.state ? live : { curves, state };
}

/** Returns the log lines among events. */
export function linesOf(events: readonly RunEvent[]): LogLine[] {
  return events.filter(isLine);
}

/** Returns the events of one result of `RUN_EVENTS`. */
export function eventsOf(data: Record<string, unknown>): readonly RunEvent[] {
  return (data as RunEventsSubscription).runEvents;
}

function isState(event: RunEvent): event is RunState {
  return "trainingProgress" in event;
}

function isLine(event: RunEvent): event is LogLine {
  return "text" in event;
}

function isPoint(event: RunEvent): event is Point {
  return "name" in event;
}
