import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { answer, use } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component as UploadPage } from "./UploadPage.tsx";

interface Received {
  address: string;
  type: string | null;
  body: string;
}

const REPORT = { lines: 1, unit: "line", added: 1, duplicates: 0, rejected: 0, scores: 0, stopped: false, refusals: [] };
const HEALTH = http.head("*/healthz", () => new HttpResponse(null, { headers: { date: "Sun, 29 Nov 2026 02:55:09 GMT" } }));

/** Answers uploads with a report; returns what was received. */
function answerUploads(report: object, status = 200): Received[] {
  const received: Received[] = [];
  use(
    HEALTH,
    http.post("*/v1/traces", async ({ request }) => {
      received.push({ address: new URL(request.url).search, type: request.headers.get("content-type"), body: await request.text() });
      return HttpResponse.json(report as never, { status });
    }),
  );
  answer("UploadedTraces", ({ where }) => ({
    traces: {
      __typename: "TraceConnection",
      edges: [{ __typename: "TraceEdge", node: { __typename: "Trace", id: "t1", uuid: "u1", promptPreview: JSON.stringify(where) } }],
    },
  }));
  return received;
}

const upload = (): boolean => fireEvent.click(screen.getByText("Upload"));
const fill = (label: string, value: string): boolean => fireEvent.change(screen.getByLabelText(label), { target: { value } });

function choose(file: File): void {
  const input = screen.getByLabelText("File");
  Object.defineProperty(input, "files", { configurable: true, value: [file] });
  fireEvent.change(input);
}

describe("UploadPage", () => {
  it("uploads the example and links the new trace", async () => {
    const received = answerUploads(REPORT);
    renderPage(<UploadPage />, { at: "/traces/upload" });
    expect(screen.getByText("Upload").closest("button")).toBeDisabled();

    fireEvent.click(screen.getByText("Load example"));
    upload();

    expect(await screen.findByText("1 trace added.")).toBeVisible();
    const link = await screen.findByText('{"createdAt":{"gte":"2026-11-29T02:55:09Z"}}');
    expect(link.closest("a")).toHaveAttribute("href", "/traces/u1");
    expect(received[0]).toMatchObject({ address: "?format=jsonl&on_error=stop", type: "application/x-ndjson" });
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ prompt: "Convert 68°F to Celsius", meta: { source: "example" } });
    expect(received[0]?.body).not.toContain("\n");
  });

  it("shows each refused line beside its reasons", async () => {
    const refusals = [
      { line: 2, field: "prompt", code: "BAD_USER_INPUT", reason: "prompt is empty." },
      { line: 2, field: "steps", code: "BAD_USER_INPUT", reason: "steps is empty." },
    ];
    answerUploads({ ...REPORT, added: 3, duplicates: 1, rejected: 7, scores: 2, stopped: true, refusals }, 422);
    renderPage(<UploadPage />, { at: "/traces/upload" });
    fill("Traces as text", '{"prompt": "first"}\n{"prompt": ""}');
    fill("Format", "gsm8k");
    fill("Invalid lines", "skip");
    upload();

    expect(
      await screen.findByText("3 traces added, 2 scores added, 1 stored already, 7 lines refused, stopped before the end."),
    ).toBeVisible();
    expect(screen.getAllByText("line 2")).toHaveLength(1);
    expect(await screen.findByText('{"prompt": ""}')).toBeVisible();
    expect(screen.getByText("prompt is empty.")).toBeVisible();
    expect(screen.getByText("steps is empty.")).toBeVisible();
    expect(screen.getByText("The first of 7.")).toBeVisible();
    expect(await screen.findByText("See all 3")).toHaveAttribute("href", expect.stringContaining("/traces?where="));
  });

  it("maps the columns of a dropped or chosen table", async () => {
    const received = answerUploads({ ...REPORT, unit: "row" });
    renderPage(<UploadPage />, { at: "/traces/upload" });
    const file = new File(["question;work;answer\n1;2;3"], "problems.csv");
    fireEvent.dragOver(screen.getByLabelText("Traces to upload"));
    fireEvent.drop(screen.getByLabelText("Traces to upload"), { dataTransfer: { files: [file] } });
    expect(await screen.findByText("problems.csv")).toBeVisible();
    fill("Delimiter", ";");
    fill("Prompt", "question");
    fill("Steps", "work");
    fill("Split steps by", "paragraphs");
    fill("Source of all traces", "book");
    upload();

    expect(await screen.findByText("1 trace added.")).toBeVisible();
    expect(received[0]?.type).toBe("text/csv");
    expect(Object.fromEntries(new URLSearchParams(received[0]?.address))).toMatchObject({
      format: "csv",
      set: "source:book",
      split_steps: "paragraphs",
      delimiter: ";",
    });
    expect(new URLSearchParams(received[0]?.address).getAll("map")).toEqual(["prompt:question", "steps:work"]);

    fill("Steps", "");
    fill("Split steps by", "none");
    upload();
    await waitFor(() => expect(received[1]?.address).toContain("split_steps=none"));

    fireEvent.click(screen.getByText("Remove"));
    choose(new File(["x"], "train.jsonl.gz"));
    expect(await screen.findByText("train.jsonl.gz")).toBeVisible();
    fill("Format", "parquet");
    fill("Prompt", "q");
    upload();
    await screen.findByText("1 trace added.");
    expect(received[2]).toMatchObject({ type: "application/gzip" });
  });

  it("sends nothing when it is stopped, or its page is left, before the body is sent", async () => {
    const received = answerUploads(REPORT);
    let answerHealth: (() => void) | undefined;
    use(
      http.head("*/healthz", async () => {
        await new Promise<void>((resolve) => {
          answerHealth = resolve;
        });
        return new HttpResponse(null);
      }),
    );
    const { unmount } = renderPage(<UploadPage />, { at: "/traces/upload" });
    fill("Traces as text", '{"prompt": "first"}');
    upload();
    fireEvent.click(await screen.findByText("Stop"));
    expect(await screen.findByText(/The upload was stopped/)).toBeVisible();
    answerHealth?.();

    upload();
    await screen.findByText("Stop");
    unmount();
    answerHealth?.();
    use(HEALTH);
    renderPage(<UploadPage />, { at: "/traces/upload" });
    fill("Traces as text", '{"prompt": "second"}');
    upload();
    await screen.findByText("1 trace added.");
    expect(received.map(({ body }) => body)).toEqual(['{"prompt":"second"}']);
  });

  it("takes the file that was chosen last, also if an earlier one is read later", async () => {
    answerUploads(REPORT);
    renderPage(<UploadPage />, { at: "/traces/upload" });
    const slow = new File(["a"], "slow.csv");
    let read: ((text: string) => void) | undefined;
    vi.spyOn(slow, "slice").mockReturnValue({ text: () => new Promise((resolve) => (read = resolve)) } as unknown as Blob);
    choose(slow);
    choose(new File(["b"], "quick.csv"));
    expect(await screen.findByText("quick.csv")).toBeVisible();
    await act(async () => read?.("a"));
    expect(screen.getByText("quick.csv")).toBeVisible();
  });

  it("explains why nothing was uploaded", async () => {
    answerUploads({ ...REPORT, added: 0, errors: [{ message: "There is no column x.", extensions: { code: "BAD_USER_INPUT", requestId: "r1" } }] }, 400);
    renderPage(<UploadPage />, { at: "/traces/upload" });
    fill("Traces as text", "a,b");
    upload();
    expect(await screen.findByText("There is no column x.")).toBeVisible();
    expect(screen.getByText("r1")).toBeVisible();

    use(http.post("*/v1/traces", () => new HttpResponse("<html>", { status: 502 })));
    fireEvent.click(screen.getByText("Try again"));
    expect(await screen.findByText("The server answered 502 without a report.")).toBeVisible();
    use(http.post("*/v1/traces", () => HttpResponse.error()));
    fireEvent.click(screen.getByText("Try again"));
    expect(await screen.findByText("The server cannot be reached.")).toBeVisible();
  });
});
