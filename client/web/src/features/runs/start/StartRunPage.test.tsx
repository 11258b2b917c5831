import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { StartWarnings } from "./check/StartWarnings.tsx";
import { Component } from "./StartRunPage.tsx";

const CONFIG = {
  __typename: "TrainingConfig",
  learningRate: 2e-5,
  numEpochs: 3,
  batchSize: 8,
  maxSeqLength: 2048,
  maxSteps: null,
  seed: null,
  gradientAccumulationSteps: null,
  warmupSteps: null,
  schedule: null,
  weightDecay: null,
  maxGradNorm: null,
  saveEverySteps: null,
  evalEverySteps: null,
  timeoutSeconds: null,
  template: "NUMBERED",
  customTemplate: null,
  beta: null,
  preference: null,
  grpo: null,
  lora: null,
  mesh: null,
  labels: [],
  resources: null,
};

function dryRun(changes: object = {}) {
  return {
    __typename: "Run",
    id: "Run1",
    uuid: "u1",
    status: "COMPLETED",
    statusReason: "Dry-run validation successful.",
    error: null,
    stdout: "Dataset: maths-v1\n! 1 prompt is in both\n",
    trainingProgress: { __typename: "TrainingProgress", totalSteps: 33 },
    latestMetrics: [
      { __typename: "RunLatestMetric", name: "dataset/records", value: 1200 },
      { __typename: "RunLatestMetric", name: "dataset/too_long", value: 18 },
      { __typename: "RunLatestMetric", name: "dataset/tokens", value: 15_989 },
      { __typename: "RunLatestMetric", name: "dataset/steps_per_epoch", value: 11 },
    ],
    datasetKey: "maths-v1",
    evalDataset: null,
    modelId: "tiny-random/qwen3",
    method: "SFT",
    engine: "server",
    config: CONFIG,
    ...changes,
  };
}

function page(changes: object = {}) {
  return {
    datasets: { __typename: "DatasetConnection", totalCount: 1 },
    baseModels: [
      { __typename: "BaseModel", modelId: "tiny-random/qwen3", source: "TINY_RANDOM", family: "qwen3", parameterCount: null, byteSize: null, problem: null },
      { __typename: "BaseModel", modelId: "google/gemma-3-270m-it", source: "FOLDER", family: "gemma3", parameterCount: 270_000_000, byteSize: 540_000_000, problem: null },
    ],
    tunixStatus: { __typename: "TunixStatus", available: true, message: "Tunix is installed.", installCommand: "pip install tunix" },
    ...changes,
  };
}

function prepare(changes: object = {}): void {
  answer("StartRunPage", page(changes));
  const node = { __typename: "Dataset", id: "D1", key: "maths-v1", traceCount: 200 };
  answer("DatasetChoices", { datasets: { __typename: "DatasetConnection", edges: [{ __typename: "DatasetEdge", node }] } });
}

function startAnswer(run: object | null, errors: object[] = []) {
  return { startRun: { __typename: "StartRunPayload", run, warnings: ["It is slow."], errors } };
}

const check = async (): Promise<void> => await userEvent.click(await screen.findByText("Check"));

function write(label: RegExp | string, value: string): void {
  fireEvent.change(screen.getByLabelText(label, { selector: "input" }), { target: { value } });
}

describe("the page that starts a run", () => {
  it("checks the ranges, does the dry run, shows what it found, and trains", async () => {
    prepare();
    const inputs: { mode: string; outputName?: string }[] = [];
    answer("StartRun", ({ input }) => {
      inputs.push(input as { mode: string });
      return startAnswer(dryRun({ status: "RUNNING", uuid: inputs.length === 1 ? "u1" : "u2" }));
    });
    answer("DryRunReport", { run: dryRun() });
    const { router } = renderPage(<Component />, { at: "/runs/new?dataset=maths-v1", path: "/runs/new" });

    await check();
    expect(screen.getByLabelText(/Base model/, { selector: "input" })).toHaveAccessibleDescription(/must be given/);
    expect(screen.getByLabelText(/Base model/, { selector: "input" })).toHaveFocus();
    expect(inputs).toEqual([]);
    write(/Base model/, "tiny-random/qwen3");
    write("Output name", "first");
    await check();

    expect(await screen.findByText("33 steps, 11 per epoch")).toBeVisible();
    const counts = screen.getByRole("table");
    expect(within(counts).getByRole("row", { name: "Records 1,200" })).toBeVisible();
    expect(within(counts).getByRole("row", { name: "Too long, left out 18" })).toBeVisible();
    expect(screen.getByText("1 prompt is in both")).toBeVisible();
    expect(within(screen.getByRole("region", { name: "Dry run" })).getByText("It is slow.")).toBeVisible();
    await waitFor(() => expect(router.state.location.search).toContain("check=u1"));

    await userEvent.click(screen.getByText("Start training"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/runs/u2"));
    expect(inputs.map(({ mode, outputName }) => [mode, outputName])).toEqual([
      ["DRY_RUN", undefined],
      ["TRAIN", "first"],
    ]);
    expect(await screen.findAllByText("It is slow.")).not.toHaveLength(0);
  });

  it("asks for another dry run when the form has changed", async () => {
    prepare();
    answer("DryRunReport", { run: dryRun() });
    const { router } = renderPage(<Component />, { at: '/runs/new?dataset=maths-v1&check=u1&set={"modelId":"tiny-random/qwen3"}' });

    await waitFor(() => expect(screen.getByText("Start training").closest("button")).toBeEnabled());
    write("Random seed", "7");

    expect(screen.getByText("The form has changed since this dry run.")).toBeVisible();
    expect(screen.getByText("Start training").closest("button")).toBeDisabled();
    await waitFor(() => expect(decodeURIComponent(router.state.location.search)).toContain('"seed":"7"'));
  });

  it("shows the server's errors beside their fields, and others by themselves", async () => {
    prepare();
    const errors = [
      { __typename: "UserError", code: "BAD_USER_INPUT", message: "learningRate is odd.", path: ["input", "learningRate"] },
      { __typename: "UserError", code: "CONFLICT", message: "Something else.", path: ["input", "mode"] },
    ];
    answer("StartRun", startAnswer(null, errors));
    renderPage(<Component />, { at: '/runs/new?dataset=maths-v1&set={"modelId":"x"}' });

    const scrolled = vi.spyOn(HTMLElement.prototype, "scrollIntoView");
    await check();

    const rate = screen.getByLabelText("Learning rate");
    await waitFor(() => expect(rate).toHaveAccessibleDescription(/learningRate is odd/));
    expect(screen.getByText("Something else.")).toBeVisible();
    expect(rate).toHaveFocus();
    expect(scrolled.mock.contexts).toEqual([rate]);
    expect(scrolled).toHaveBeenCalledWith({ block: "center" });
    write("Learning rate", "0.5");
    expect(rate).not.toHaveAccessibleDescription(/odd/);
  });

  it("explains why a dry run failed, and that a request failed", async () => {
    prepare();
    const error = { __typename: "JobError", code: "UNAVAILABLE", message: "There is no tokenizer." };
    answer("DryRunReport", { run: dryRun({ status: "FAILED", error }) });
    refuse("StartRun", "RATE_LIMITED", "Too many requests.");
    renderPage(<Component />, { at: '/runs/new?dataset=maths-v1&check=u1&set={"modelId":"x"}' });

    expect(await screen.findByText("There is no tokenizer.")).toBeVisible();
    await userEvent.click(screen.getByText("Check again"));
    expect(await screen.findByText("Too many requests.")).toBeVisible();
  });

  it("starts from an earlier run, with adapters", async () => {
    const run = dryRun({ method: "LORA", config: { ...CONFIG, learningRate: 0.01, lora: { __typename: "LoraConfig", rank: 4, alpha: null, modulePath: null } } });
    prepare({ run });
    renderPage(<Component />, { at: "/runs/new?from=u9" });

    expect(await screen.findByLabelText("LoRA rank")).toHaveValue("4");
    expect(screen.getByLabelText("Learning rate")).toHaveValue("0.01");
    expect(screen.getByLabelText(/Base model/, { selector: "input" })).toHaveAccessibleDescription(/random weights/);
  });

  it("asks for a scorer of preference pairs, and sends their recipe and the template", async () => {
    prepare();
    answer("ScorersInUse", { scorersInUse: [{ __typename: "ScorerInUse", scorer: "answer_match" }] });
    const inputs: object[] = [];
    const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "margin is odd.", path: ["input", "preference", "margin"] };
    answer("StartRun", ({ input }) => {
      inputs.push(input as object);
      return startAnswer(null, [error]);
    });
    renderPage(<Component />, { at: '/runs/new?dataset=maths-v1&set={"modelId":"x","method":"DPO","template":"THINK"}' });

    await check();
    expect(screen.getByLabelText(/Scorer/, { selector: "input" })).toHaveAccessibleDescription(/must be given/);
    expect(screen.queryByLabelText("LoRA rank")).toBeNull();
    write(/Scorer/, "answer_match");
    write("Minimum margin", "0.5");
    await check();

    await waitFor(() => expect(screen.getByLabelText("Minimum margin")).toHaveAccessibleDescription(/margin is odd/));
    const preference = { scorer: "answer_match", rule: "BEST_WORST", margin: 0.5, pairsPerGroup: 1 };
    expect(inputs).toMatchObject([{ method: "DPO", template: "THINK", preference }]);
  });

  it("asks for rewards, and shows an error of one of them beside the field", async () => {
    prepare();
    const inputs: object[] = [];
    const path = ["input", "grpo", "rewards", "1", "scorer"];
    const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "There is no such scorer.", path };
    answer("StartRun", ({ input }) => {
      inputs.push(input as object);
      return startAnswer(null, [error]);
    });
    renderPage(<Component />, { at: '/runs/new?dataset=maths-v1&set={"modelId":"x","method":"GRPO"}' });

    await check();
    expect(screen.getByLabelText(/Rewards/, { selector: "input" })).toHaveAccessibleDescription(/must be given/);
    expect(screen.queryByLabelText("Gradient accumulation")).toBeNull();
    write(/Rewards/, "answer_match, nobody=0.5");
    await check();

    await waitFor(() => expect(screen.getByLabelText(/Rewards/, { selector: "input" })).toHaveAccessibleDescription(/no such scorer/));
    const rewards = [{ scorer: "answer_match" }, { scorer: "nobody", weight: 0.5 }];
    expect(inputs).toMatchObject([{ method: "GRPO", grpo: { rewards } }]);
  });

  it("explains what to do without a dataset, without the earlier run, and without a trainer", async () => {
    prepare({ datasets: { __typename: "DatasetConnection", totalCount: 0 } });
    const { unmount } = renderPage(<Component />, { at: "/runs/new" });
    expect(await screen.findByRole("link", { name: "Build a dataset" })).toHaveAttribute("href", "/datasets/new");
    unmount();

    prepare({ run: null, tunixStatus: { __typename: "TunixStatus", available: false, message: "It is missing.", installCommand: "pip install tunix" } });
    renderPage(<Component />, { at: "/runs/new?from=gone" });
    expect(await screen.findByText(/The run gone does not exist/)).toBeVisible();
    expect(screen.getByText(/pip install tunix/)).toBeVisible();
  });
});

it("leads from the warnings of a dry run to the prompts that its datasets have in common", () => {
  const first = renderPage(<StartWarnings lines={["3 prompts resemble."]} values={{ datasetId: "maths-v1", evalDatasetId: "test-1" }} />);
  expect(screen.getByRole("link", { name: "Compare the prompts of both datasets" })).toHaveAttribute("href", "/datasets/maths-v1?tab=checks&with=test-1&train=maths-v1");
  first.unmount();
  renderPage(<StartWarnings lines={["1 prompt is protected."]} values={{ datasetId: "maths-v1", evalDatasetId: "" }} />);
  expect(screen.getByText("1 prompt is protected.")).toBeVisible();
  expect(screen.queryByRole("link")).toBeNull();
});
