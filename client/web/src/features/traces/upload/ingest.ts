/** The content of an upload, and the options for reading it. */
export interface Upload {
  body: Blob | string;
  mediaType: string;
  format: string;
  onError: "stop" | "skip" | "keep";
  /** The `source` of all traces; empty leaves the file's own. */
  source: string;
  /** Columns of a table by field. */
  columns: Readonly<Record<string, string>>;
  delimiter: string;
  splitSteps: string;
}

/** A line that was not stored, and why. */
export interface Refusal {
  line: number;
  field: string;
  code: string;
  reason: string;
}

/** The result of an upload, as the server reports it. */
export interface IngestReport {
  lines: number;
  /** The unit of the content: "line" or "row". */
  unit: string;
  added: number;
  duplicates: number;
  rejected: number;
  scores: number;
  stopped: boolean;
  /** The first 1,000 refusals. */
  refusals: readonly Refusal[];
  /** Why the import could not be done, or not to its end. */
  errors?: readonly { message: string; extensions?: { code?: string; requestId?: string } }[];
}

/** Returns the address of the ingest route with an upload's parameters. */
export function ingestAddress(upload: Upload): string {
  const { format, onError, source, columns, delimiter, splitSteps } = upload;
  const params = new URLSearchParams({ format, on_error: onError });
  if (source !== "") {
    params.append("set", `source:${source}`);
  }
  const mapped = Object.entries(columns).filter(([, column]) => column !== "");
  for (const [field, column] of mapped) {
    params.append("map", `${field}:${column}`);
  }
  if (splitSteps === "none" || mapped.some(([field]) => field === "steps")) {
    params.set("split_steps", splitSteps);
  }
  if (format === "csv" && delimiter !== ",") {
    params.set("delimiter", delimiter === "\t" ? "tab" : delimiter);
  }
  return `/v1/traces?${params}`;
}

/** Uploads, and reports the sent part of the body, 0 to 1; rejects if no server answers with a report. */
export function ingest(upload: Upload, onSent: (part: number) => void, signal: AbortSignal): Promise<IngestReport> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DOMException("The upload was stopped.", "AbortError"));
    if (signal.aborted) {
      stop();
      return;
    }
    // `fetch` does not report how much of a body it has sent.
    const request = new XMLHttpRequest();
    request.open("POST", ingestAddress(upload));
    request.setRequestHeader("Content-Type", upload.mediaType);
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total === 0 ? 1 : loaded / total));
    request.addEventListener("load", () => {
      const report = reportOf(request.responseText);
      if (report === undefined) {
        reject(new Error(`The server answered ${request.status} without a report.`));
      } else {
        resolve(report);
      }
    });
    request.addEventListener("error", () => reject(new TypeError("no answer")));
    request.addEventListener("abort", stop);
    signal.addEventListener("abort", () => request.abort());
    request.send(upload.body);
  });
}

const NOTHING: IngestReport = { lines: 0, unit: "line", added: 0, duplicates: 0, rejected: 0, scores: 0, stopped: true, refusals: [] };

function reportOf(text: string): IngestReport | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? { ...NOTHING, ...body } : undefined;
  } catch {
    return undefined;
  }
}
