import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { Component as OverviewPage } from "./OverviewPage.tsx";

const HEALTH = {
  serverInfo: { __typename: "ServerInfo", version: "1.2.3", database: { __typename: "DatabaseInfo", kind: "SQLITE" } },
  health: {
    __typename: "Health",
    status: "UP",
    database: { __typename: "DatabaseHealth", status: "UP", latencyMs: 1.5, message: null },
    disk: { __typename: "DiskHealth", status: "UP", freeBytes: 2_000_000_000, message: null },
    queue: { __typename: "QueueHealth", pending: 0, running: 1, oldestPendingSeconds: null, workers: 1 },
  },
};
const PACKAGE = { available: false, version: null, message: "Not there.", installCommand: "pip install it" };

function answerHealth(): void {
  answer("ServerHealth", HEALTH);
  answer("TunixStatus", { tunixStatus: { __typename: "TunixStatus", ...PACKAGE, available: true, version: "0.1.7" } });
  answer("UngarStatus", { ungarStatus: { __typename: "UngarStatus", ...PACKAGE } });
  const rediai = { mode: "REAL", status: "DOWN", reason: "TIMEOUT", message: "No answer.", checkedAt: "2026-01-01T00:00:00Z", latencyMs: null };
  answer("RediaiHealth", { health: { __typename: "Health", rediai: { __typename: "RediaiHealth", ...rediai } } });
}

const edgesOf = (nodes: object[]): object => ({ totalCount: nodes.length, edges: nodes.map((node) => ({ __typename: "Edge", node })) });

function overview(traces: object[], runs: object[], running: object[] = []): object {
  const none = { ...edgesOf([]) };
  return {
    traces: { __typename: "TraceConnection", ...edgesOf(traces) },
    samples: { __typename: "TraceConnection", ...edgesOf(traces.filter((each) => "id" in each && each.id === "sample")) },
    scores: { __typename: "ScoreConnection", ...none },
    datasets: { __typename: "DatasetConnection", ...none },
    exports: { __typename: "ExportConnection", ...none },
    runs: { __typename: "RunConnection", ...edgesOf(runs) },
    running: { __typename: "RunConnection", ...edgesOf(running) },
    workers: [worker("alpha")],
  };
}

function worker(host: string, fields: object = {}): object {
  const kinds = ["DATASET", "DRY_RUN", "EVALUATION", "EXPORT", "GENERATION", "RUN"];
  return { __typename: "WorkerInfo", uuid: host, host, labels: [], remote: false, kinds, startedAt: "2026-01-01T00:00:00Z", ...fields };
}

function trace(id: string): object {
  const times = { createdAt: "2026-01-01T00:00:00Z" };
  return { __typename: "Trace", id, uuid: id, ...times, source: "mine", stepCount: 1, promptPreview: `Prompt ${id}` };
}

function run(name: string, status: string): object {
  const loss = { __typename: "RunMetricSeries", name: "train/loss", steps: [1, 2], values: [3, 2.5] };
  return {
    __typename: "Run",
    id: name,
    uuid: name,
    status,
    progress: 0.5,
    createdAt: "2026-01-01T00:00:00Z",
    modelId: "tiny",
    mode: "TRAIN",
    datasetKey: "d-v1",
    outputName: name,
    trainingProgress: { __typename: "TrainingProgress", etaSeconds: 30 },
    loss: [loss],
  };
}

it("calls a run without a name as its other pages do", async () => {
  answerHealth();
  answer("Overview", overview([], [{ ...run("0123456789abcdef", "COMPLETED"), outputName: null }]));
  renderPage(<OverviewPage />);
  expect(await screen.findByRole("link", { name: "Run 456789abcdef" })).toHaveAttribute("href", "/runs/0123456789abcdef");
});

it("shows each part's health separately, and running jobs first", async () => {
  answerHealth();
  refuse("UngarStatus", "INTERNAL", "broken");
  answer("Overview", overview([trace("a")], [run("new", "COMPLETED"), run("old", "RUNNING")], [run("old", "RUNNING")]));
  renderPage(<OverviewPage />);

  expect(await screen.findByText("old")).toBeVisible();
  await screen.findByText("No answer.");
  const health = within(screen.getByRole("list", { name: "Health" })).getAllByRole("listitem");
  expect(health.map((item) => item.textContent)).toEqual([
    "API: healthyversion 1.2.3",
    "Database: healthySQLite · 1.5 ms",
    "Worker: busy1 running, 0 waiting",
    "Disk: healthy2.0 GB free",
    "Tunix: availableversion 0.1.7",
    "UNGAR: unknown",
    "RediAI: downNo answer.",
  ]);
  const rows = within(screen.getByRole("region", { name: "Runs" })).getAllByRole("listitem");
  expect(rows.map((row) => within(row).getByRole("link").textContent)).toEqual(["old", "new"]);
  expect(rows[0]).toHaveTextContent("50 %, 30.0 s left");
  expect(screen.getByRole("link", { name: "Prompt a" })).toHaveAttribute("href", "/traces/a");
  expect(screen.queryByText("Start here")).toBeNull();
});

it("keeps the figures on the screen when the server becomes unreachable", async () => {
  answerHealth();
  answer("Overview", overview([trace("a")], []));
  const { client } = renderPage(<OverviewPage />);
  await screen.findByText("API:");
  await screen.findByText("Prompt a");

  for (const name of ["Overview", "ServerHealth", "TunixStatus", "UngarStatus", "RediaiHealth"]) {
    refuse(name, "UNAVAILABLE", "away");
  }
  await client.refetchObservableQueries().catch(() => undefined);

  expect(await screen.findByText("The latest figures could not be loaded")).toBeVisible();
  expect(screen.getByText("Prompt a")).toBeVisible();
  expect(screen.getByText("Prompt a")).toHaveAttribute("dir", "auto");
  expect(screen.getByRole("list", { name: "Health" })).toHaveTextContent("API: downThe server does not answer.Database: unknown");
});

it("offers the samples when nothing is stored, and ticks the step when they are", async () => {
  answerHealth();
  answer("Overview", overview([], []));
  renderPage(<OverviewPage />);
  const button = await screen.findByRole("button", { name: "Load the samples" });
  expect(screen.queryByLabelText("Done")).toBeNull();

  const error = { __typename: "UserError", code: "UNAVAILABLE", message: "The disk is full.", path: [] };
  answer("ImportSamples", { importSamples: { __typename: "ImportSamplesPayload", importedCount: null, errors: [error] } });
  await userEvent.click(button);
  expect(await screen.findByText("The disk is full.")).toBeVisible();

  answer("ImportSamples", { importSamples: { __typename: "ImportSamplesPayload", importedCount: 60, errors: [] } });
  answer("Overview", overview([trace("sample")], []));
  await userEvent.click(button);

  expect(await screen.findByText("Prompt sample")).toBeVisible();
  expect(screen.getByLabelText("Done")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Load the samples" })).toBeNull();
});

it("lists the workers with their labels, unless there is a single one without any", async () => {
  answerHealth();
  answer("Overview", overview([trace("a")], []));
  const first = renderPage(<OverviewPage />);
  await screen.findByText("Prompt a");
  expect(screen.queryByRole("region", { name: "Workers" })).toBeNull();
  first.unmount();

  const gpu = worker("beta", { labels: ["gpu", "a100"], remote: true, kinds: ["RUN", "GENERATION"] });
  answer("Overview", { ...overview([trace("a")], []), workers: [worker("alpha"), gpu] });
  renderPage(<OverviewPage />);
  const rows = within(await screen.findByRole("region", { name: "Workers" })).getAllByRole("listitem");
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringMatching(/^alphaall jobs/),
    expect.stringMatching(/^betagpua100remote, runs, generations/),
  ]);
});
