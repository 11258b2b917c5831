import { useApolloClient } from "@apollo/client/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { type ShownError, shownErrors } from "../../../shared/feedback/errors.ts";
import { type IngestReport, ingest, type Upload } from "./ingest.ts";

export interface UploadState {
  /** The part that has been sent, 0 to 1; undefined when nothing is being uploaded. */
  sent: number | undefined;
  report: IngestReport | undefined;
  errors: readonly ShownError[];
  /** The time at which the upload started, by the server's clock. */
  startedAt: string;
}

const IDLE: UploadState = { sent: undefined, report: undefined, errors: [], startedAt: "" };

/** Uploads one body at a time; leaving the page stops it, also before the body is sent. */
export function useUpload(): UploadState & { start: (upload: Upload) => Promise<void>; stop: () => void } {
  const client = useApolloClient();
  const [state, setState] = useState(IDLE);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = useCallback(
    async (upload: Upload) => {
      if (running.current !== null) {
        return;
      }
      running.current = new AbortController();
      const { signal } = running.current;
      setState({ ...IDLE, sent: 0 });
      try {
        const startedAt = await serverTime(signal);
        const report = await ingest(upload, (sent) => setState((current) => ({ ...current, sent })), signal);
        setState({ sent: undefined, report, errors: errorsOf(report), startedAt });
        client.cache.evict({ id: "ROOT_QUERY", fieldName: "traces" });
      } catch (error) {
        setState({ ...IDLE, errors: shownErrors(error) });
      } finally {
        running.current = null;
      }
    },
    [client],
  );
  const stop = useCallback(() => running.current?.abort(), []);
  return { ...state, start, stop };
}

function errorsOf({ errors = [] }: IngestReport): ShownError[] {
  return errors.map(({ message, extensions }) => ({
    code: extensions?.code ?? "INTERNAL",
    message,
    field: "",
    requestId: extensions?.requestId,
  }));
}

/** The server's time to the second, rounded down. */
async function serverTime(signal: AbortSignal): Promise<string> {
  const response = await fetch("/healthz", { method: "HEAD", signal }).catch(() => undefined);
  const date = new Date(response?.headers.get("date") ?? Date.now());
  date.setMilliseconds(0);
  return date.toISOString().replace(".000Z", "Z");
}
