import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer, answerLater, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection, storedStep, storedTrace } from "../../testing/traces.ts";
import { Component as EvaluationsPage } from "./list/EvaluationsPage.tsx";
import { Component as EvaluationPage } from "./page/EvaluationPage.tsx";
import { firstDifference } from "./pairs/results.ts";

function candidate(name: string, mean: number): Record<string, unknown> & { uuid: string } {
  return {
    __typename: "EvaluationCandidate",
    id: `C-${name}`,
    uuid: name,
    name,
    kind: "TRACES",
    mean,
    low: mean - 0.1,
    high: mean + 0.1,
    promptCount: 50,
    answerCount: 50,
    unscoredCount: 0,
    tokenCount: null,
    run: null,
  };
}

const candidateNamed = (name: string): object => ({ __typename: "EvaluationCandidate", id: `C-${name}`, uuid: name, name });

function pair(a: string, b: string, fields: object = {}): object {
  return {
    __typename: "EvaluationPair",
    id: `P-${a}${b}`,
    uuid: `${a}${b}`,
    a: candidateNamed(a),
    b: candidateNamed(b),
    difference: 0.3,
    low: 0.1,
    high: 0.5,
    test: "MCNEMAR",
    pValue: 0.0001,
    pHolm: 0.0003,
    significant: true,
    promptCount: 50,
    winCount: 20,
    lossCount: 5,
    tieCount: 20,
    bothWrongCount: 5,
    detectableDifference: 0.2,
    promptsNeeded: 30,
    ...fields,
  };
}

const steps = (...texts: string[]) => texts.map((content, index) => ({ index, content }));

const dataset = (key: string): object => ({ __typename: "Dataset", id: `D-${key}`, key });

const run = (key: string): object => ({ __typename: "Run", id: `R-${key}`, uuid: key, dataset: dataset(key) });
const contaminationOf = (key: string, trainPromptCount: number): object => ({
  __typename: "Contamination",
  id: `K-${key}`,
  trainPromptCount,
  trainDataset: dataset(key),
  evalDataset: dataset("sums-1"),
});

const EVALUATION = {
  __typename: "Evaluation",
  id: "E",
  uuid: "e",
  name: "before and after",
  status: "COMPLETED",
  progress: 1,
  createdAt: "2026-11-01T12:00:00Z",
  completedAt: "2026-11-01T12:01:00Z",
  datasetKey: "sums-1",
  dataset: { __typename: "Dataset", id: "D", key: "sums-1" },
  scorer: "answer_match",
  samplesPerPrompt: null,
  seed: 0,
  promptCount: 50,
  error: null,
  candidates: connection("EvaluationCandidate", [candidate("base", 0.2), candidate("tuned", 0.7), candidate("longer", 0.75)]),
  pairs: connection("EvaluationPair", [
    pair("tuned", "base"),
    pair("longer", "base"),
    pair("longer", "tuned", { difference: 0.05, low: -0.1, high: 0.2, pHolm: 0.4, significant: false, promptsNeeded: 850 }),
  ]),
};

it("lists evaluations with their best candidate, and explains what they are if there is none", async () => {
  const best = connection("EvaluationCandidate", [candidate("tuned", 0.7)]);
  answer("Evaluations", { page: connection("Evaluation", [{ ...EVALUATION, status: "RUNNING", progress: 0.4, best }]) });
  answer("EvaluationRow", { evaluation: { ...EVALUATION, best } });
  const first = renderPage(<EvaluationsPage />, { at: "/evaluations" });
  expect(await screen.findByRole("link", { name: "before and after" })).toHaveAttribute("href", "/evaluations/e");
  expect(await screen.findByText("Completed")).toBeVisible();
  expect(screen.getAllByRole("row")[1]).toHaveTextContent("sums-1answer_match501tuned0.700");
  first.unmount();

  answer("Evaluations", { page: connection("Evaluation", []) });
  const second = renderPage(<EvaluationsPage />, { at: "/evaluations" });
  expect(await screen.findByText("There is no evaluation yet")).toBeVisible();
  await userEvent.keyboard("n");
  await waitFor(() => expect(second.router.state.location.pathname).toBe("/evaluations/new"));
  second.unmount();
  refuse("Evaluations", "TIMEOUT", "It took too long.");
  renderPage(<EvaluationsPage />, { at: "/evaluations?q=x" });
  expect(await screen.findByText("It took too long.")).toBeVisible();
});

it("shows candidates by their mean, their brackets, and the comparisons", async () => {
  answer("Evaluation", { evaluation: EVALUATION });
  renderPage(<EvaluationPage />, { at: "/evaluations/e", path: "/evaluations/:id" });

  const rows = within(await screen.findByRole("table", { name: "Candidates" })).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent)).toEqual([
    "longer50500–0.750 (0.650 – 0.850)group 1",
    "tuned50500–0.700 (0.600 – 0.800)group 1",
    "base50500–0.200 (0.100 – 0.300)differs from all",
  ]);
  const pairs = within(screen.getByRole("list", { name: "Comparisons" })).getAllByRole("listitem");
  expect(pairs[0]).toHaveTextContent("tuned against basetuned is better+0.300 (+0.100 to +0.500)p < 0.001");
  expect(pairs[2]).toHaveTextContent("not significant; 800 more prompts would show this difference");
  expect(pairs[2]).toHaveTextContent("p = 0.400");
});

it("names the candidates that were trained on prompts like those of the evaluation", async () => {
  const candidates = connection("EvaluationCandidate", [candidate("base", 0.2), { ...candidate("tuned", 0.7), run: run("leaky-1") }, { ...candidate("clean", 0.6), run: run("clean-1") }]);
  const asked: unknown[] = [];
  answer("Evaluation", { evaluation: { ...EVALUATION, candidates } });
  answer("StoredContaminations", (variables) => {
    asked.push(variables);
    return { contaminations: connection("Contamination", [contaminationOf("leaky-1", 3), contaminationOf("clean-1", 0)]) };
  });
  renderPage(<EvaluationPage />, { at: "/evaluations/e", path: "/evaluations/:id" });

  const found = within(await screen.findByRole("list", { name: "Contamination" })).getAllByRole("listitem");
  expect(found.map((row) => row.textContent)).toEqual(["3 similar prompts: tuned"]);
  expect(screen.getByRole("link", { name: "3 similar prompts" })).toHaveAttribute("href", "/datasets/leaky-1?tab=checks&with=sums-1&train=leaky-1");
  expect(asked).toEqual([{ train: ["D-clean-1", "D-leaky-1"], eval: "D" }]);
});

it("opens the prompts that one won, with the first step in which the answers differ", async () => {
  answer("Evaluation", { evaluation: EVALUATION });
  const traceA = storedTrace({ uuid: "01970000-0000-7000-8000-00000000000a", finalAnswerPreview: "12", steps: [storedStep(0, "same"), storedStep(1, "right")] });
  const traceB = storedTrace({ uuid: "01970000-0000-7000-8000-00000000000b", finalAnswerPreview: "13", steps: [storedStep(0, "same"), storedStep(1, "wrong")] });
  const prompt = { __typename: "AlignedPrompt", position: 7, scoreA: 1, scoreB: 0, traceA, traceB };
  const deleted = { ...prompt, position: 8, traceB: null };
  answer("AlignedPrompts", ({ isWins }) => ({
    node: { __typename: "EvaluationPair", id: "P-tunedbase", ...(isWins ? { wins: connection("AlignedPrompt", [prompt, deleted]) } : {}) },
  }));
  const { router } = renderPage(<EvaluationPage />, { at: "/evaluations/e", path: "/evaluations/:id" });

  await userEvent.click((await screen.findAllByRole("button", { name: "20 wins" }))[0] as HTMLElement);
  const prompts = within(await screen.findByRole("list", { name: "Prompts: wins" })).getAllByRole("listitem");
  expect(prompts[0]).toHaveTextContent("prompt 7 · Compare step by stepHow many clips?tuned · 112First difference, step 1: rightbase · 013First difference, step 1: wrong");
  expect(prompts[1]).toHaveTextContent("The answer was deleted since.");
  expect(screen.getByText("Show more of 20")).toBeVisible();

  const send = answerLater("AlignedPrompts", {
    node: { __typename: "EvaluationPair", id: "P-tunedbase", losses: connection("AlignedPrompt", [deleted]) },
  });
  await userEvent.click(screen.getAllByRole("button", { name: "5 losses" })[0] as HTMLElement);
  const wins = screen.getByRole("list", { name: "Prompts: wins" });
  expect(wins).toHaveTextContent("prompt 7");
  expect(wins.parentElement).toHaveAttribute("aria-busy", "true");
  send();
  const losses = await screen.findByRole("list", { name: "Prompts: losses" });
  expect(losses.parentElement).toHaveAttribute("aria-busy", "false");
  expect(losses).toHaveTextContent("prompt 8");
  expect(screen.queryByRole("list", { name: "Prompts: wins" })).toBeNull();
  await userEvent.click(screen.getAllByRole("button", { name: "20 wins" })[0] as HTMLElement);
  expect(router.state.location.search).toBe("?open=tunedbase%3Awins");
  await userEvent.click(screen.getAllByRole("button", { name: "20 wins" })[0] as HTMLElement);
  expect(router.state.location.search).toBe("");
});

it("follows an evaluation that is computed, cancels it, and retries and deletes one that failed", async () => {
  const running = { ...EVALUATION, status: "RUNNING", progress: 0.5, pairs: connection("EvaluationPair", []) };
  const failed = { ...running, status: "FAILED", error: { __typename: "JobError", code: "NO_ANSWERS", message: "No candidate has answers." } };
  const payload = { errors: [] };
  answer("Evaluation", { evaluation: running });
  answer("CancelEvaluation", { payload: { __typename: "CancelEvaluationPayload", evaluation: { ...failed, status: "CANCELLED" }, ...payload } });
  answer("RetryEvaluation", { payload: { __typename: "RetryEvaluationPayload", evaluation: failed, ...payload } });
  answer("DeleteEvaluation", { payload: { __typename: "DeleteEvaluationPayload", deletedUuid: "e", ...payload } });
  const { router } = renderPage(<EvaluationPage />, { at: "/evaluations/e", path: "/evaluations/:id" });

  expect(await screen.findByRole("progressbar", { name: "Progress" })).toBeVisible();
  answer("Evaluation", { evaluation: failed });
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await userEvent.click(await screen.findByRole("button", { name: "Retry" }));
  expect(await screen.findByText("No candidate has answers.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the evaluation" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/evaluations"));
});

it("reports that an evaluation does not exist", async () => {
  answer("Evaluation", { evaluation: null });
  renderPage(<EvaluationPage />, { at: "/evaluations/x", path: "/evaluations/:id" });
  expect(await screen.findByText("This evaluation does not exist")).toBeVisible();
});

it("finds the first difference of answers", () => {
  expect(firstDifference(steps("a", "b"), steps("a", "c"))).toBe(1);
  expect(firstDifference(steps("a"), steps("a", "c"))).toBe(1);
  expect(firstDifference(steps("a"), steps("a"))).toBeUndefined();
});
