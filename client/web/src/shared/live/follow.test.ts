import type { Client, Sink } from "graphql-ws";
import { beforeEach, expect, it, vi } from "vitest";
import { follow } from "./follow.ts";
import { socketClient, socketUrl } from "./socket.ts";

interface Numbered {
  seq: number;
}

type Result = { data?: { events: Numbered[] } | null; errors?: readonly object[] };

/** A fake of the client: the variables and the sink of each subscription. */
function standIn(): { client: Client; asked: Record<string, unknown>[]; sinks: Sink<Result>[]; connected: () => void; ended: number[] } {
  const asked: Record<string, unknown>[] = [];
  const sinks: Sink<Result>[] = [];
  const ended: number[] = [];
  const listeners = new Set<() => void>();
  const client = {
    on: (_: string, listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    subscribe: ({ variables }: { variables: Record<string, unknown> }, sink: Sink<Result>) => {
      const at = asked.push(variables);
      sinks.push(sink);
      return () => void ended.push(at);
    },
  };
  return { client: client as unknown as Client, asked, sinks, ended, connected: () => listeners.forEach((listener) => listener()) };
}

const seen: number[] = [];
const states: unknown[] = [];

function start(client: Client): () => void {
  const followed = {
    query: "subscription",
    variables: { id: "r" },
    after: 0,
    positionOf: ({ seq }: Numbered) => seq,
    eventsOf: (data: Record<string, unknown>) => data["events"] as Numbered[],
  };
  return follow(client, followed, {
    events: (events) => void seen.push(...events.map(({ seq }) => seq)),
    state: (state, errors) => void states.push(errors === undefined ? state : [state, errors[0]]),
  });
}

beforeEach(() => {
  seen.length = 0;
  states.length = 0;
});

it("resumes after the last event when the connection was lost, with longer and longer pauses", async () => {
  vi.useFakeTimers();
  const { client, asked, sinks, connected } = standIn();
  start(client);
  connected();
  sinks[0]?.next({ data: { events: [{ seq: 1 }, { seq: 2 }] } });
  sinks[0]?.error(new CloseEvent("close", { code: 1006 }));
  await vi.advanceTimersByTimeAsync(500);
  sinks[1]?.error(new Event("error"));
  await vi.advanceTimersByTimeAsync(999);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  sinks[2]?.next({ data: { events: [{ seq: 3 }] } });
  sinks[2]?.complete();

  expect(asked).toEqual([0, 2, 2].map((after) => ({ id: "r", after })));
  expect(seen).toEqual([1, 2, 3]);
  expect(states).toEqual(["connecting", "live", "live", "reconnecting", "reconnecting", "live", "ended"]);
  vi.useRealTimers();
});

it("gives up when it is refused, and explains why", () => {
  const { client, sinks } = standIn();
  start(client);
  sinks[0]?.error([{ message: "Gone.", extensions: { code: "NOT_FOUND" } }]);
  start(client);
  sinks[1]?.error(new CloseEvent("close", { code: 4403, reason: "Forbidden" }));
  start(client);
  sinks[2]?.next({ errors: [{ message: "Odd." }] });

  expect(states.filter((state) => Array.isArray(state))).toEqual([
    ["refused", { code: "NOT_FOUND", message: "Gone.", field: "" }],
    ["refused", { code: "UNAVAILABLE", message: "The server closed the connection: 4403 Forbidden", field: "" }],
    ["refused", { code: "INTERNAL", message: "Odd.", field: "" }],
  ]);
});

it("stops at once, and is quiet from then on", async () => {
  vi.useFakeTimers();
  const { client, asked, sinks, ended } = standIn();
  const stop = start(client);
  sinks[0]?.error([{ message: "Away.", extensions: { code: "UNAVAILABLE" } }]);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  const stopSecond = start(client);
  stopSecond();
  sinks[1]?.complete();
  sinks[1]?.error(new Event("error"));

  expect(asked).toHaveLength(2);
  expect(ended).toEqual([2]);
  expect(states).toEqual(["connecting", "reconnecting", "connecting"]);
  vi.useRealTimers();
});

it("is at the address of the page, encrypted as the page is", () => {
  expect(socketUrl({ protocol: "https:", host: "example.org" })).toBe("wss://example.org/graphql");
  expect(socketUrl({ protocol: "http:", host: "localhost:8000" })).toBe("ws://localhost:8000/graphql");
  expect(socketClient()).toBe(socketClient());
});
