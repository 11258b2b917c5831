import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Client, Sink } from "graphql-ws";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { pageOf } from "../../../testing/datasets.ts";
import { answer, answerInTurn, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { metricColumnId, USUAL_COLUMNS } from "./columns.tsx";
import { parameterField, runOrder, sortFields } from "./order.ts";
import { Component } from "./RunsPage.tsx";
import { FILTERED_PARAMETERS } from "./runShape.ts";

interface Subscription {
  where: unknown;
  sink: Sink<{ data: Record<string, unknown> }>;
}

const streams: Subscription[] = [];
const connected: (() => void)[] = [];

vi.mock("../../../shared/live/socket.ts", () => ({
  socketClient: (): Pick<Client, "on" | "subscribe"> => ({
    on: (_: unknown, listener: unknown) => {
      connected.push(listener as () => void);
      return () => {};
    },
    subscribe: ({ variables }: { variables?: Record<string, unknown> | null }, sink: unknown) => {
      streams.push({ where: variables?.["where"], sink: sink as Subscription["sink"] });
      return () => {};
    },
  }),
}));

function runWith(id: string, changes: object = {}) {
  return {
    __typename: "Run",
    id: `Run-${id}`,
    uuid: id,
    createdAt: "2026-01-01T00:00:00Z",
    status: "COMPLETED",
    statusReason: "Trained 22 steps.",
    progress: 1,
    attempt: 1,
    startedAt: "2026-01-01T00:00:00Z",
    completedAt: "2026-01-01T00:01:00Z",
    durationSeconds: 60,
    trainingProgress: { __typename: "TrainingProgress", step: 22, totalSteps: 22, etaSeconds: null },
    latestMetrics: [
      { __typename: "RunLatestMetric", name: "train/loss", value: 1.25, kind: "FINITE" },
      { __typename: "RunLatestMetric", name: "eval/loss", value: null, kind: "NAN" },
    ],
    ...changes,
  };
}

function row(id: string, changes: object = {}) {
  return {
    ...runWith(id),
    mode: "TRAIN",
    tags: ["best"],
    notes: "A note\nand more",
    outputName: id,
    datasetKey: "maths-v1",
    evalDataset: null,
    modelId: "tiny-random/qwen3",
    method: "LORA",
    config: {
      __typename: "TrainingConfig",
      ...Object.fromEntries(
        ["maxSteps", "seed", "gradientAccumulationSteps", "warmupSteps", "schedule", "weightDecay", "maxGradNorm", "saveEverySteps", "evalEverySteps", "timeoutSeconds", "mesh"].map((name) => [name, null]),
      ),
      learningRate: 0.01,
      numEpochs: 2,
      batchSize: 8,
      maxSeqLength: 2048,
      lora: { __typename: "LoraConfig", rank: 4, alpha: null, modulePath: null },
    },
    ...changes,
  };
}

let asked: Record<string, unknown>[] = [];

function prepare(rows: object[]): void {
  asked = [];
  answer("Runs", (variables) => {
    asked.push(variables);
    const edges = rows.map((node) => ({ __typename: "RunEdge", node }));
    const pageInfo = { __typename: "PageInfo", hasNextPage: false, endCursor: null };
    return { page: { __typename: "RunConnection", edges, pageInfo, totalCount: rows.length } };
  });
  const edges = rows.slice(0, 1).map(() => ({ __typename: "RunEdge", node: { __typename: "Run", id: "Run-newest", createdAt: "2026-01-01T00:00:00Z" } }));
  answer("NewestRun", { runs: { __typename: "RunConnection", edges } });
}

const emit = (place: number, run: object): void => act(() => streams[place]?.sink.next({ data: { runChanged: run } }));
const cells = async (id: string): Promise<(string | null)[]> => {
  const name = await screen.findByText(id);
  const found = name.closest<HTMLElement>('[role="row"]');
  return found === null ? [] : within(found).getAllByRole("gridcell").map((cell) => cell.textContent);
};

beforeEach(() => {
  streams.length = 0;
  connected.length = 0;
  localStorage.clear();
});

describe("the list of runs", () => {
  it("shows the runs with their metrics, and follows their status", async () => {
    prepare([row("first"), row("second")]);
    renderPage(<Component />, { at: "/runs" });

    expect((await cells("first")).slice(1, 8)).toEqual(["first", "Completed", "Training", "LoRA", "maths-v1", "tiny-random/qwen3", "1 min 0 s"]);
    expect((await cells("first")).slice(-2)).toEqual(["1.250", "NaN"]);
    emit(0, runWith("first", { status: "RUNNING", progress: 0.42, trainingProgress: { __typename: "TrainingProgress", step: 9, totalSteps: 22, etaSeconds: null } }));
    await waitFor(async () => expect((await cells("first"))[2]).toBe("Running42 %"));
    expect((await cells("second"))[2]).toBe("Completed");
    expect(screen.queryByRole("button", { name: /new run/ })).not.toBeInTheDocument();
  });

  it("shows the status that was reported while the list was being loaded, though the list has an older one", async () => {
    prepare([row("first")]);
    const loading = answerInTurn("Runs");
    renderPage(<Component />, { at: "/runs" });
    await waitFor(() => expect([loading.asked.length, streams.length]).toEqual([1, 1]));
    emit(0, runWith("first"));
    loading.reply(0, { page: pageOf("Run", [row("first", { status: "RUNNING", progress: 0.4 })]) });
    await waitFor(() => expect(loading.asked).toHaveLength(2));
    loading.reply(1, { page: pageOf("Run", [row("first")]) });
    expect((await cells("first"))[2]).toBe("Completed");
  });

  it("counts newer runs and loads them when asked, or when the connection is back", async () => {
    prepare([row("first")]);
    renderPage(<Component />, { at: "/runs" });
    await screen.findByText("first");

    emit(0, runWith("new", { createdAt: "2026-01-02T00:00:00Z" }));
    await userEvent.click(await screen.findByText("Show 1 new run"));
    await waitFor(() => expect(asked).toHaveLength(2));

    vi.useFakeTimers({ shouldAdvanceTime: true });
    act(() => streams[0]?.sink.error(new Event("close")));
    await act(async () => await vi.advanceTimersByTimeAsync(600));
    vi.useRealTimers();
    expect(screen.getByText(/The server is unreachable/)).toBeVisible();
    act(() => connected.at(-1)?.());
    await waitFor(() => expect(asked).toHaveLength(3));
    expect(screen.queryByText(/The server is unreachable/)).not.toBeInTheDocument();
  });

  it("filters, searches and sorts by the address, and counts only newer runs that match", async () => {
    prepare([row("first")]);
    const where = { metrics: [{ name: "eval/loss", last: { lte: 2 } }] };
    const at = `/runs?where=${JSON.stringify(where)}&q=first&order=METRIC eval/loss:desc,LORA_RANK:asc&columns=name,config:lora.rank,notes,${metricColumnId("eval/loss")}`;
    renderPage(<Component />, { at });

    expect((await cells("first")).slice(1)).toEqual(["first", "4", "A note", "NaN"]);
    expect(asked[0]).toMatchObject({
      where: { and: [where, { or: [{ outputName: { contains: "first" } }, { modelId: { contains: "first" } }, { datasetKey: { contains: "first" } }] }] },
      orderBy: [
        { field: "METRIC", metric: "eval/loss", direction: "DESC" },
        { field: "LORA_RANK", direction: "ASC" },
      ],
      withNotes: true,
    });
    expect(screen.getByText("eval/loss ≤ 2")).toBeVisible();
    expect(streams.map((stream) => stream.where)).toEqual([{}, asked[0]?.["where"]]);
    emit(0, runWith("other", { createdAt: "2026-01-02T00:00:00Z" }));
    expect(screen.queryByText(/new run/)).not.toBeInTheDocument();
    emit(1, runWith("match", { createdAt: "2026-01-02T00:00:00Z" }));
    expect(await screen.findByText("Show 1 new run")).toBeVisible();
  });

  it("compares the ticked runs", async () => {
    prepare([row("a"), row("b")]);
    const { router } = renderPage(<Component />, { at: "/runs", path: "/runs" });
    await screen.findByText("a");

    await userEvent.click(screen.getByLabelText("Select row 1"));
    expect(screen.queryByRole("link", { name: /Compare/ })).not.toBeInTheDocument();
    await userEvent.click(screen.getByLabelText("Select row 2"));
    expect(screen.getByRole("link", { name: "Compare 2" })).toHaveAttribute("href", "/runs/compare?ids=a,b");
    await userEvent.keyboard("c");
    await waitFor(() => expect(router.state.location.pathname).toBe("/runs/compare"));
  });

  it("adds and removes columns of metrics", async () => {
    prepare([row("a")]);
    const { router } = renderPage(<Component />, { at: "/runs" });
    const shownColumns = () => new URLSearchParams(router.state.location.search).get("columns")?.split(",");
    await screen.findByText("a");

    await userEvent.click(screen.getByLabelText("Choose columns"));
    const input = await screen.findByLabelText("Add a metric", { selector: "input" });
    fireEvent.change(input, { target: { value: "train/perplexity" } });
    fireEvent.keyDown(input, { key: "Enter" });
    await waitFor(() => expect(shownColumns()).toEqual([...USUAL_COLUMNS, "metric:train/perplexity"]));
    await userEvent.click(screen.getByLabelText("eval/loss", { selector: "input" }));
    await waitFor(() => expect(shownColumns()).not.toContain("metric:eval/loss"));
  });

  it("explains what to do without runs, without matches and after an error", async () => {
    prepare([]);
    const first = renderPage(<Component />, { at: "/runs" });
    expect(await screen.findByText("No runs found")).toBeVisible();
    first.unmount();

    const second = renderPage(<Component />, { at: '/runs?q=x&where={"mode":{"eq":"TRAIN"}}' });
    await userEvent.click(await screen.findByText("Clear the filter"));
    expect(await screen.findByText("No runs found")).toBeVisible();
    expect(second.router.state.location.search).toBe("");
    second.unmount();

    refuse("Runs", "TIMEOUT", "It took too long.");
    renderPage(<Component />, { at: "/runs" });
    expect(await screen.findByText("It took too long.")).toBeVisible();
    prepare([row("back")]);
    await userEvent.click(screen.getByText("Try again"));
    expect(await screen.findByText("back")).toBeVisible();
  });

  it("leaves an order by a metric that no run has", async () => {
    refuse("Runs", "BAD_USER_INPUT", "No run has the metric 'f1'.");
    const { router } = renderPage(<Component />, { at: `/runs?order=METRIC f1:asc&columns=name,${metricColumnId("f1")}` });
    expect(await screen.findByText("No run has the metric 'f1'.")).toBeVisible();
    prepare([row("first")]);
    await userEvent.click(screen.getByText("Sort by time of creation"));
    expect(await screen.findByText("first")).toBeVisible();
    expect(router.state.location.search).not.toContain("order");
  });
});

describe("the order of runs", () => {
  it("has every parameter by which runs are filtered", () => {
    expect(FILTERED_PARAMETERS.filter(({ path }) => parameterField(path) === undefined)).toEqual([]);
    expect(parameterField("mesh.tp")).toBeUndefined();
    expect(sortFields(["x"])).toContain("METRIC x");
    expect(runOrder([{ field: "METRIC x", direction: "ASC" }])).toEqual([{ field: "METRIC", metric: "x", direction: "ASC" }]);
  });
});
