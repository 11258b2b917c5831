import { expect, it } from "vitest";
import type { ServerHealthQuery } from "../../../gql/graphql.ts";
import { rediaiReading, serverReadings, tunixReading } from "./readings.ts";

function health(queue: ServerHealthQuery["health"]["queue"]): ServerHealthQuery {
  return {
    serverInfo: { __typename: "ServerInfo", version: "1", database: { __typename: "DatabaseInfo", kind: "POSTGRESQL" } },
    health: {
      __typename: "Health",
      status: "DOWN",
      database: { __typename: "DatabaseHealth", status: "DOWN", latencyMs: null, message: "Too slow." },
      disk: { __typename: "DiskHealth", status: "UP", freeBytes: null, message: null },
      queue,
    },
  };
}

/** Returns the reading of the worker if none is alive. */
function workerWithout(pending: number): (string | undefined)[] {
  const queue = { __typename: "QueueHealth", pending, running: 0, oldestPendingSeconds: null, workers: 0 } as const;
  const reading = serverReadings({ data: health(queue), error: undefined })[2];
  return [reading?.word, reading?.condition];
}

function words(answer: Parameters<typeof serverReadings>[0]): string[] {
  return serverReadings(answer).map(({ word }) => word);
}

it("is unknown before the first answer, and down without any", () => {
  expect(words({ data: undefined, error: undefined })).toEqual(["unknown", "unknown", "unknown", "unknown"]);
  expect(words({ data: undefined, error: new Error("away") })).toEqual(["down", "unknown", "unknown", "unknown"]);
  expect(words({ data: health(null), error: undefined })).toEqual(["down", "down", "unknown", "healthy"]);
});

it("reports a missing worker if none is alive, which is bad if a job waits", () => {
  expect([workerWithout(1), workerWithout(0)]).toEqual([
    ["not running", "bad"],
    ["not running", "absent"],
  ]);
});

it("reports a live worker as idle only if a job waits long while none runs", () => {
  const waiting = { __typename: "QueueHealth", pending: 1, workers: 1 } as const;
  const worker = (running: number, seconds = 90): string | undefined =>
    serverReadings({ data: health({ ...waiting, running, oldestPendingSeconds: seconds }), error: undefined })[2]?.word;

  expect([worker(0), worker(1), worker(0, 5)]).toEqual(["starts no job", "busy", "idle"]);
});

it("distinguishes a missing optional part from a broken one", () => {
  const status = { available: false, version: null, message: "", installCommand: "" };
  const rediai = { mode: "MOCK", status: "UP", reason: null, message: null, checkedAt: "", latencyMs: null } as const;
  const answer = { health: { __typename: "Health", rediai: { __typename: "RediaiHealth", ...rediai } } } as const;

  expect(tunixReading({ data: { tunixStatus: { __typename: "TunixStatus", ...status } }, error: undefined }).condition).toBe("absent");
  expect(tunixReading({ data: undefined, error: new Error("broken") }).condition).toBe("unknown");
  expect(rediaiReading({ data: answer, error: undefined })).toMatchObject({ word: "healthy", detail: "mock" });
});
