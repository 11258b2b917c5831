import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection, storedScore, storedTrace } from "../../testing/traces.ts";
import { Component as GenerationsPage } from "./list/GenerationsPage.tsx";
import { Component as GenerationPage } from "./page/GenerationPage.tsx";
import { Component as NewGenerationPage } from "./start/NewGenerationPage.tsx";

const ANSWER = storedTrace({
  promptPreview: "What is 3 + 4?",
  finalAnswerPreview: "8",
  latestScores: [storedScore("s", { scorer: "answer_match", score: 0 })],
  producedBy: { __typename: "TraceOrigin", finishReason: "LENGTH", malformed: true, tokenCount: 12 },
});
const GENERATION = {
  __typename: "Generation",
  id: "G",
  uuid: "g",
  status: "RUNNING",
  progress: 0.25,
  createdAt: "2026-11-01T12:00:00Z",
  modelId: "run:sums",
  checkpointStep: 20,
  run: { __typename: "Run", id: "R", uuid: "r" },
  dataset: { __typename: "Dataset", id: "D", key: "sums-1" },
  samplesPerPrompt: 4,
  samplingParameters: { __typename: "SamplingParameters", temperature: 0.8, topP: 1, maxNewTokens: 64, seed: 7 },
  template: "NUMBERED",
  scorers: ["answer_match"],
  labels: ["gpu", "big"],
  promptCount: 10,
  tooLongCount: 1,
  answerCount: 10,
  malformedCount: 2,
  tokenCount: 1200,
  tokensPerSecond: 85.5,
  etaSeconds: 14.2,
  stderr: "",
  error: null,
  traces: connection("Trace", [ANSWER]),
};

it("lists generations, follows active ones, and explains what they are if there is none", async () => {
  answer("Generations", { page: connection("Generation", [GENERATION]) });
  answer("GenerationRow", { generation: { ...GENERATION, status: "COMPLETED", answerCount: 40 } });
  const first = renderPage(<GenerationsPage />, { at: "/generations" });
  expect(await screen.findByRole("link", { name: "run:sums" })).toHaveAttribute("href", "/generations/g");
  expect(await screen.findByText("Completed")).toBeVisible();
  expect(screen.getAllByRole("row")[1]).toHaveTextContent("run:sums20Completedsums-1104021,200");
  first.unmount();

  answer("Generations", { page: connection("Generation", []) });
  const second = renderPage(<GenerationsPage />, { at: "/generations" });
  expect(await screen.findByText("Nothing was generated yet")).toBeVisible();
  await userEvent.keyboard("n");
  await waitFor(() => expect(second.router.state.location.pathname).toBe("/generations/new"));
  second.unmount();
  refuse("Generations", "TIMEOUT", "It took too long.");
  renderPage(<GenerationsPage />, { at: "/generations?q=x&order=TOKEN_COUNT:desc" });
  expect(await screen.findByText("It took too long.")).toBeVisible();
});

it("shows how far a generation is, its settings, and its newest answers", async () => {
  answer("Generation", { generation: GENERATION });
  answer("CancelGeneration", {
    payload: { __typename: "CancelGenerationPayload", generation: { __typename: "Generation", id: "G", status: "CANCELLED", progress: 0.4, error: null }, errors: [] },
  });
  renderPage(<GenerationPage />, { at: "/generations/g", path: "/generations/:id" });

  expect(await screen.findByText("10 of 40 answers · 85.5 tokens/s · about 15.0 s left")).toBeVisible();
  expect(screen.getAllByRole("term").map((term) => `${term.textContent}: ${term.nextSibling?.textContent}`)).toEqual([
    "Model: run:sums",
    "Checkpoint: step 20",
    "Prompts of: sums-1",
    "Prompts: 10, 1 too long",
    "Answers: 10, 4 per prompt",
    "Malformed: 2",
    "Tokens: 1,200",
    "Sampling: temperature 0.8 · top-p 1 · 64 new tokens · seed 7",
    "Template: NUMBERED",
    "Graded by: answer_match",
    "Labels: gpu, big",
  ]);
  const answers = within(screen.getByRole("table", { name: "Newest answers" })).getAllByRole("row");
  expect(answers.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ["Prompt", "Final answer", "answer_match", "Tokens", "Remarks"],
    ["What is 3 + 4?", "8", "0", "12", "cut off, malformed"],
  ]);
  expect(screen.getByRole("link", { name: "Evaluate" })).toHaveAttribute(
    "href",
    "/evaluations/new?candidate=generation%3Ag&dataset=sums-1&scorer=answer_match",
  );
  const wrong = new URLSearchParams(screen.getByRole<HTMLAnchorElement>("link", { name: "the wrong ones" }).search).get("where");
  expect(JSON.parse(wrong ?? "")).toEqual({
    producedBy: { generationId: { eq: "g" } },
    scores: { some: { scorer: { eq: "answer_match" }, stepIndex: { isNull: true }, latest: true, score: { lt: 1 } } },
  });
  answer("Generation", { generation: { ...GENERATION, status: "CANCELLED" } });
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(await screen.findByRole("button", { name: "Retry" })).toBeVisible();
});

it("explains why a generation did not complete, retries and deletes it", async () => {
  const error = { __typename: "JobError", code: "OUT_OF_MEMORY", message: "The process ran out of memory." };
  const failed = { ...GENERATION, status: "FAILED", error, stderr: "Killed", traces: connection("Trace", []), promptCount: null, scorers: [], checkpointStep: null, run: null, template: null };
  answer("Generation", { generation: failed });
  answer("RetryGeneration", { payload: { __typename: "RetryGenerationPayload", generation: null, errors: [{ __typename: "UserError", code: "CONFLICT", message: "Not now.", path: [] }] } });
  answer("DeleteGeneration", { payload: { __typename: "DeleteGenerationPayload", deletedUuid: "g", errors: [] } });
  const { router } = renderPage(<GenerationPage />, { at: "/generations/g", path: "/generations/:id" });

  expect(await screen.findByText("The process ran out of memory.")).toBeVisible();
  expect(screen.getByText("Killed")).toBeVisible();
  expect(screen.getByText("There are none yet.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText(/Not now\./)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the generation" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/generations"));
});

it("reports that a generation does not exist", async () => {
  answer("Generation", { generation: null });
  renderPage(<GenerationPage />, { at: "/generations/x", path: "/generations/:id" });
  expect(await screen.findByText("This generation does not exist")).toBeVisible();
});

it("starts a generation, with errors beside their fields", async () => {
  const sent: unknown[] = [];
  const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "topP must be at most 1.", path: ["input", "topP"] };
  answer("GenerationChoices", { baseModels: [{ __typename: "BaseModel", modelId: "run:sums" }], scorers: [{ __typename: "Scorer", name: "answer_match" }] });
  answer("DatasetChoices", { datasets: connection("Dataset", []) });
  answer("StartGeneration", ({ input }) => {
    sent.push(input);
    const isFirst = sent.length === 1;
    const generation = isFirst ? null : { __typename: "Generation", id: "G", uuid: "g" };
    return { payload: { __typename: "StartGenerationPayload", job: generation, errors: isFirst ? [error] : [] } };
  });
  const { router } = renderPage(<NewGenerationPage />, { at: "/generations/new?model=run:sums&dataset=sums-1" });

  const topP = await screen.findByRole("textbox", { name: "Top-p" });
  fireEvent.change(topP, { target: { value: "2" } });
  await userEvent.click(screen.getByRole("button", { name: "Generate" }));
  expect(await screen.findByText("topP must be at most 1.")).toBeVisible();
  fireEvent.change(topP, { target: { value: "" } });
  fireEvent.change(screen.getByRole("textbox", { name: "Answers per prompt" }), { target: { value: "4" } });
  await userEvent.type(screen.getByRole("textbox", { name: "Temperature" }), "0.7");
  await userEvent.type(screen.getByRole("textbox", { name: "System instruction" }), "Be brief.");
  const labels = screen.getByRole("textbox", { name: "Labels" });
  fireEvent.change(labels, { target: { value: "GPU" } });
  expect(labels).toHaveAccessibleDescription(/lower-case letters/);
  expect(screen.getByRole("button", { name: "Generate" })).toBeDisabled();
  fireEvent.change(labels, { target: { value: "gpu, big" } });
  await userEvent.click(screen.getByRole("button", { name: "Generate" }));

  await waitFor(() => expect(router.state.location.pathname).toBe("/generations/g"));
  expect(sent[0]).toMatchObject({ topP: 2 });
  expect(sent[1]).toEqual({
    modelId: "run:sums",
    datasetId: "sums-1",
    samplesPerPrompt: 4,
    temperature: 0.7,
    systemInstruction: "Be brief.",
    scorers: ["answer_match"],
    labels: ["gpu", "big"],
    idempotencyKey: expect.any(String),
  });
});

it("answers the prompts of a filter that its address has", async () => {
  answer("GenerationChoices", { baseModels: [], scorers: [] });
  renderPage(<NewGenerationPage />, { at: '/generations/new?model=m&where={"source":{"eq":"a"}}' });
  expect(await screen.findByText("The prompts of the filtered traces are answered.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Generate" })).toBeEnabled();
});
