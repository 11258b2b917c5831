import type { ErrorLike } from "@apollo/client";
import type { RediaiHealthQuery, ServerHealthQuery, TunixStatusQuery, UngarStatusQuery } from "../../../gql/graphql.ts";
import type { Condition } from "../../../shared/health/Mark.tsx";
import { bytes, short, whole } from "../../../shared/format/numbers.ts";

/** The display of one part of the system. */
export interface Reading {
  name: string;
  condition: Condition;
  /** The condition in a word or two. */
  word: string;
  /** A figure or a reason; empty if there is none. */
  detail: string;
}

/** An answer that may be missing, and the reason of the newest refusal. */
interface Answer<Data> {
  data: Data | undefined;
  error: ErrorLike | undefined;
}

/** Seconds after which a job that no worker has taken is reported. */
const WAITING_MAX = 60;
const DATABASES = { SQLITE: "SQLite", POSTGRESQL: "PostgreSQL" };

/** Returns the readings of the server itself; unknown for all of it but the API while it does not answer. */
export function serverReadings({ data, error }: Answer<ServerHealthQuery>): Reading[] {
  const shown = error === undefined ? data : undefined;
  return [apiReading(shown, error), databaseReading(shown), workerReading(shown), diskReading(shown)];
}

function apiReading(data: ServerHealthQuery | undefined, error: ErrorLike | undefined): Reading {
  if (error !== undefined) {
    return { name: "API", condition: "bad", word: "down", detail: "The server does not answer." };
  }
  const detail = data === undefined ? "" : `version ${data.serverInfo.version}`;
  return upOrDown("API", data?.health.status, detail);
}

function databaseReading(data: ServerHealthQuery | undefined): Reading {
  const found = data?.health.database;
  const kind = data === undefined ? "" : DATABASES[data.serverInfo.database.kind];
  const latency = found?.latencyMs == null ? "" : ` · ${short(found.latencyMs)} ms`;
  return upOrDown("Database", found?.status, found?.message ?? `${kind}${latency}`);
}

function diskReading(data: ServerHealthQuery | undefined): Reading {
  const found = data?.health.disk;
  const free = found?.freeBytes == null ? "" : `${bytes(found.freeBytes)} free`;
  return upOrDown("Disk", found?.status, found?.message ?? free);
}

function workerReading(data: ServerHealthQuery | undefined): Reading {
  const queue = data?.health.queue;
  if (queue == null) {
    return { name: "Worker", condition: "unknown", word: "unknown", detail: "" };
  }
  const { pending, running, oldestPendingSeconds, workers } = queue;
  const detail = `${whole(running)} running, ${whole(pending)} waiting`;
  if (workers === 0) {
    const condition = pending > 0 ? "bad" : "absent";
    return { name: "Worker", condition, word: "not running", detail: `${detail}: start tunix-rt worker` };
  }
  if ((oldestPendingSeconds ?? 0) > WAITING_MAX && running === 0) {
    return { name: "Worker", condition: "bad", word: "starts no job", detail };
  }
  return { name: "Worker", condition: "good", word: running > 0 ? "busy" : "idle", detail };
}

function upOrDown(name: string, status: "UP" | "DOWN" | undefined, detail: string): Reading {
  if (status === undefined) {
    return { name, condition: "unknown", word: "unknown", detail: "" };
  }
  return status === "UP"
    ? { name, condition: "good", word: "healthy", detail }
    : { name, condition: "bad", word: "down", detail };
}

/** Returns the reading of Tunix. */
export function tunixReading({ data, error }: Answer<TunixStatusQuery>): Reading {
  return installationReading("Tunix", error === undefined ? data?.tunixStatus : undefined);
}

/** Returns the reading of UNGAR. */
export function ungarReading({ data, error }: Answer<UngarStatusQuery>): Reading {
  return installationReading("UNGAR", error === undefined ? data?.ungarStatus : undefined);
}

function installationReading(name: string, status: { available: boolean; version: string | null } | undefined): Reading {
  if (status === undefined) {
    return { name, condition: "unknown", word: "unknown", detail: "" };
  }
  return status.available
    ? { name, condition: "good", word: "available", detail: status.version === null ? "" : `version ${status.version}` }
    : { name, condition: "absent", word: "not installed", detail: "optional" };
}

/** Returns the reading of RediAI. */
export function rediaiReading({ data, error }: Answer<RediaiHealthQuery>): Reading {
  const rediai = error === undefined ? data?.health.rediai : undefined;
  const latency = rediai?.latencyMs == null ? "" : `${short(rediai.latencyMs)} ms`;
  const detail = rediai?.mode === "MOCK" ? "mock" : latency;
  return upOrDown("RediAI", rediai?.status, rediai?.message ?? detail);
}
