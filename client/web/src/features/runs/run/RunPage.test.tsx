import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { aLine, aLog, aRun } from "./fixture.ts";
import { Component as RunPage } from "./RunPage.tsx";

vi.mock("uplot", () => ({
  default: class {
    cursor = {};
    setData(): void {}
    destroy(): void {}
  },
}));

interface Sink {
  next: (result: { data: Record<string, unknown> }) => void;
  error: (reason: unknown) => void;
  complete: () => void;
}

/** The subscriptions that the page has made, in place of a server's. */
const streams = vi.hoisted(() => ({ made: [] as { variables: { after: number }; sink: Sink }[] }));

vi.mock("../../../shared/live/socket.ts", () => ({
  socketClient: () => ({
    on: () => () => {},
    subscribe: ({ variables }: { variables: { after: number } }, sink: Sink) => {
      streams.made.push({ variables, sink });
      return () => {};
    },
  }),
}));

beforeEach(() => void streams.made.splice(0));

const open = (query = "") => renderPage(<RunPage />, { at: `/runs/first${query}`, path: "/runs/:id" });
const about = { at: "2026-01-01T00:00:00Z", attempt: 1 };

function send(...events: Record<string, unknown>[]): void {
  act(() => streams.made.at(-1)?.sink.next({ data: { runEvents: events } }));
}

it("shows a finished run from what is stored, without following it", async () => {
  answer("Run", { run: aRun() });
  open();
  expect(screen.getByRole("heading", { name: "Run" })).toBeVisible();
  expect(await screen.findByRole("heading", { name: "first" })).toBeVisible();
  expect(screen.getByRole("img", { name: /loss\. train\/loss: from 4 at step 1 to 2 at step 2/ })).toBeVisible();
  expect(within(screen.getByRole("table", { name: "Counts of the datasets" })).getByText("15")).toBeVisible();
  expect(screen.getByRole("link", { name: "maths-v1" })).toHaveAttribute("href", "/datasets/00000000-0000-7000-8000-000000000001");
  expect(screen.getByText("1 of at most 3")).toBeVisible();
  expect(await screen.findByText("works")).toBeVisible();

  await userEvent.click(screen.getByRole("tab", { name: "Output" }));
  expect(screen.getByRole("region", { name: "stdout" })).toHaveTextContent("done");
  expect(screen.getByText("Nothing was written to stderr.")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("tab", { name: "Configuration" }));
  expect(screen.getByText("learningRate").nextSibling).toHaveTextContent("0.01");
  expect(screen.getByText("lora.alpha").nextSibling).toHaveTextContent("16");
  expect(screen.queryByText("mesh.tp")).toBeNull();
  expect(screen.getByText("labels").nextSibling).toHaveTextContent("gpu, tpu-v5e");
  expect(screen.getByText("resources.cpus").nextSibling).toHaveTextContent("1");
  expect(screen.getByText("resources.gpus").nextSibling).toHaveTextContent("2");
  expect(screen.queryByText("resources.tpus")).toBeNull();

  await userEvent.click(screen.getByRole("tab", { name: "Files" }));
  expect(screen.getByRole("button", { name: "model/weights.safetensors" })).toBeVisible();
  expect(screen.getByText("Checkpoint at step 2")).toBeVisible();
  expect(streams.made).toHaveLength(0);
});

it("shows the pairs and rewards of the methods that have them, custom templates, and stored contamination", async () => {
  const { config } = aRun() as { config: object };
  const preference = { __typename: "PreferenceConfig", scorer: "judge", rule: "ALL", margin: 0.5, pairsPerGroup: 3 };
  const rewards = [{ __typename: "RewardConfig", scorer: "answer_match", weight: 1.5 }];
  const grpo = { __typename: "GrpoConfig", rewards, numGenerations: 4, numIterations: null, temperature: null, topP: null, maxNewTokens: null, epsilon: null };
  const evalDataset = { __typename: "Dataset", id: "RDF", uuid: "00000000-0000-7000-8000-000000000002", key: "test-1" };
  const [train, evaluation] = [{ __typename: "Dataset", id: "RDE", key: "maths-v1" }, { __typename: "Dataset", id: "RDF", key: "test-1" }];
  const stored = { __typename: "Contamination", id: "C", trainPromptCount: 1, trainDataset: train, evalDataset: evaluation };
  answer("StoredContaminations", { contaminations: { __typename: "ContaminationConnection", edges: [{ __typename: "ContaminationEdge", node: stored }] } });
  answer("Run", { run: aRun({ method: "DPO", evalDataset, config: { ...config, preference, template: null, customTemplate: "{steps} so {answer}" } }) });
  const first = open("?tab=configuration");

  expect((await screen.findByText("preference.scorer")).nextSibling).toHaveTextContent("judge");
  expect(screen.getByText("preference.pairsPerGroup").nextSibling).toHaveTextContent("3");
  expect(screen.getByText("beta").nextSibling).toHaveTextContent("0.1");
  expect(screen.getByText("{steps} so {answer}")).toBeVisible();
  expect(await screen.findByRole("link", { name: "1 similar prompt" })).toHaveAttribute("href", "/datasets/maths-v1?tab=checks&with=test-1&train=maths-v1");
  first.unmount();

  answer("Run", { run: aRun({ method: "GRPO", config: { ...config, grpo, beta: 0.2 } }) });
  open("?tab=configuration");
  expect((await screen.findByText("grpo.rewards")).nextSibling).toHaveTextContent("answer_match × 1.5");
  expect(screen.getByText("grpo.numGenerations").nextSibling).toHaveTextContent("4");
  expect(screen.getByText("grpo.maxNewTokens").nextSibling).toHaveTextContent("256");
  expect(screen.getByText("beta").nextSibling).toHaveTextContent("0.2");
  expect(screen.getByText("template").nextSibling).toHaveTextContent("THINK");
  expect(screen.queryByText("evalEverySteps")).toBeNull();
});

it("links to the answers of the run's model and to the evaluations that they are in", async () => {
  const evaluation = { __typename: "Evaluation", id: "E", uuid: "e", name: "before and after" };
  const run = aRun({
    producedTraces: { __typename: "TraceConnection", totalCount: 160 },
    evaluationCandidates: { __typename: "EvaluationCandidateConnection", nodes: ["A", "B"].map((id) => ({ __typename: "EvaluationCandidate", id, evaluation })) },
  });
  answer("Run", { run });
  open();
  const where = JSON.stringify({ producedBy: { runId: { eq: run["uuid"] } } });
  expect(await screen.findByRole("link", { name: "Show the 160 answers" })).toHaveAttribute("href", `/traces?where=${encodeURIComponent(where)}`);
  expect(screen.getByRole("link", { name: "before and after" })).toHaveAttribute("href", "/evaluations/e");
});

it("follows an active run behind what is loaded, and over a lost connection, each event once", async () => {
  answer("Run", { run: aRun({ status: "RUNNING", progress: 0.5, completedAt: null }) });
  answer("RunLogs", aLog([aLine(298), aLine(299)], 2));
  open("?tab=logs");
  expect(await screen.findByText("line 299")).toBeVisible();
  expect(streams.made[0]?.variables.after).toBe(100);
  const trainingProgress = { __typename: "TrainingProgress", step: 1, totalSteps: 2, epoch: 0.5, etaSeconds: 100 };
  send(
    aLine(299),
    aLine(301, "newest"),
    { __typename: "RunMetricPoint", seq: 302, ...about, name: "train/loss", step: 3, value: null, kind: "NAN" },
    { __typename: "RunState", seq: 303, ...about, status: "RUNNING", progress: 0.75, reason: null, trainingProgress },
  );
  expect(await screen.findByText("newest")).toBeVisible();
  expect(screen.getAllByText("line 299")).toHaveLength(1);
  expect(screen.getByText("3 lines")).toBeVisible();
  expect(screen.getByText("75 %")).toBeVisible();
  expect(screen.getByText("about 2 min left")).toBeVisible();

  act(() => streams.made[0]?.sink.error(new CloseEvent("close", { code: 1006 })));
  expect(await screen.findByText(/The server is unreachable/)).toBeVisible();
  await waitFor(() => expect(streams.made).toHaveLength(2));
  expect(streams.made[1]?.variables.after).toBe(303);

  answer("Run", { run: aRun() });
  send(aLine(304, "last"));
  act(() => streams.made[1]?.sink.complete());
  expect(await screen.findByText("last")).toBeVisible();
  await waitFor(() => expect(screen.queryByText("75 %")).toBeNull());
  expect(screen.queryByText("Running")).toBeNull();
});

it("explains why a run failed, and retries it", async () => {
  const failed = { status: "FAILED", error: { __typename: "JobError", code: "TRAINER_FAILED", message: "It was killed." } } as const;
  answer("Run", { run: aRun(failed) });
  answer("RetryRun", {
    retryRun: { __typename: "RetryRunPayload", run: { ...aRun(), status: "PENDING", statusReason: "It is queued.", error: null }, errors: [] },
  });
  open();
  expect(await screen.findByText("It was killed.")).toBeVisible();
  expect(screen.getByText("TRAINER_FAILED")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("It is queued.")).toBeVisible();
  await waitFor(() => expect(streams.made).toHaveLength(1));
});

it("asks before it cancels, and takes the request back when it is refused", async () => {
  answer("Run", { run: aRun({ status: "RUNNING" }) });
  refuse("CancelRun", "CONFLICT", "The run has finished.");
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await userEvent.click(await screen.findByRole("button", { name: "Cancel the run" }));
  expect(await screen.findByText(/The run has finished/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Cancel" })).toBeEnabled();
});

it("shows since when a run elsewhere is silent, and ends it", async () => {
  answer("Run", { run: aRun({ status: "RUNNING", engine: "external", lastReportAt: "2026-01-01T00:00:20Z", config: null, dataset: null, datasetKey: "" }) });
  answer("FinishRun", {
    finishRun: {
      __typename: "FinishRunPayload",
      run: { ...aRun(), status: "FAILED", error: { __typename: "JobError", code: "TRAINER_FAILED", message: "It was ended." } },
      errors: [],
    },
  });
  open();
  expect(await screen.findByText(/Last report/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "End as failed" }));
  await userEvent.click(await screen.findByRole("button", { name: "End the run" }));
  expect(await screen.findByText("It was ended.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
});

it("reports what does not exist, what was deleted, and what cannot be loaded", async () => {
  answer("Run", { run: null });
  open().unmount();
  open();
  expect(await screen.findByText(/No run has the id or name first/)).toBeVisible();
});

it("reports it when the run is deleted elsewhere while it is watched", async () => {
  answer("Run", { run: aRun({ status: "RUNNING" }) });
  open();
  await waitFor(() => expect(streams.made).toHaveLength(1));
  answer("Run", { run: null });
  act(() => streams.made[0]?.sink.error([{ message: "gone", extensions: { code: "NOT_FOUND" } }]));
  expect(await screen.findByText("This run was deleted")).toBeVisible();
});

it("shows an error with its request when the server refuses", async () => {
  refuse("Run", "TIMEOUT", "It took too long.", "req-9");
  open();
  expect(await screen.findByText("It took too long.")).toBeVisible();
  expect(screen.getByText("req-9")).toBeVisible();
  expect(screen.getByRole("heading", { name: "Run" })).toBeVisible();
});
