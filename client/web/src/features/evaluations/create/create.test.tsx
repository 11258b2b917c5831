import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { connection } from "../../../testing/traces.ts";
import { candidatesOf, inputOf, problemOf } from "./candidates.ts";
import { Component as NewEvaluationPage } from "./NewEvaluationPage.tsx";

it("creates an evaluation of the candidates of its form, with errors beside their fields", async () => {
  const sent: unknown[] = [];
  const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "where must not be empty.", path: ["input", "candidates", 1, "where"] };
  answer("EvaluationChoices", { baseModels: [], sources: [{ __typename: "SourceCount", source: "mine" }], scorers: [], scorersInUse: [] });
  answer("DatasetChoices", { datasets: connection("Dataset", []) });
  answer("CreateEvaluation", ({ input }) => {
    sent.push(input);
    const isFirst = sent.length === 1;
    const evaluation = isFirst ? null : { __typename: "Evaluation", id: "E", uuid: "e" };
    return { payload: { __typename: "CreateEvaluationPayload", warnings: isFirst ? [] : ["3 prompts of the training data equal or resemble prompts of the evaluation data; see contamination."], job: evaluation, errors: isFirst ? [error] : [] } };
  });
  const { router } = renderPage(<NewEvaluationPage />, { at: "/evaluations/new?dataset=sums-1&candidate=model:run:tuned" });

  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "second");
  await userEvent.click(screen.getByRole("combobox", { name: "Contamination" }));
  await userEvent.click(await screen.findByRole("option", { name: "Refuse to start" }));
  await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));
  expect(screen.getByText("must not be empty")).toBeVisible();
  expect(sent).toEqual([]);
  await userEvent.selectOptions(screen.getByLabelText("Kind of candidate 2"), "Answers of the generation");
  await userEvent.type(screen.getByLabelText("Answers of candidate 2", { selector: "input" }), "g1");
  await userEvent.type(screen.getByRole("textbox", { name: "Name of candidate 2" }), "other");
  await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));
  expect(await screen.findByText("where must not be empty.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Add a candidate" }));
  await userEvent.click(screen.getByRole("button", { name: "Remove candidate 3" }));
  await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));

  await waitFor(() => expect(router.state.location.pathname).toBe("/evaluations/e"));
  expect(await screen.findByText(/^3 prompts of the training data/)).toBeVisible();
  expect(sent[1]).toMatchObject({
    name: "second",
    contaminationPolicy: "REFUSE",
    datasetId: "sums-1",
    scorer: "answer_match",
    samplesPerPrompt: null,
    candidates: [
      { name: "run:tuned", where: { producedBy: { modelId: { eq: "run:tuned" } } } },
      { name: "other", generationId: "g1" },
    ],
  });
});

it("reads the candidates of an address, and sends each as the server takes it", () => {
  expect(candidatesOf(["run:r", "nonsense:x"]).map(({ kind, value }) => [kind, value])).toEqual([["run", "r"], ["source", ""]]);
  const filter = { name: "", kind: "filter", value: '{"source": {"eq": "a"}}' } as const;
  expect(inputOf(filter)).toEqual({ name: filter.value, where: { source: { eq: "a" } } });
  expect(inputOf({ name: "n", kind: "run", value: " r " })).toEqual({ name: "n", where: { producedBy: { runId: { eq: "r" } } } });
  expect(candidatesOf(["answering:run:tuned"])[0]).toEqual({ name: "", kind: "answering", value: "run:tuned" });
  expect(inputOf({ name: "", kind: "answering", value: " run:tuned " })).toEqual({ name: "run:tuned", modelId: "run:tuned" });
  expect(inputOf({ name: "n", kind: "source", value: "s" })).toEqual({ name: "n", where: { source: { eq: "s" } } });
  expect(problemOf({ ...filter, value: "{" })).toContain("JSON");
});

it("lets models answer first, with a number of tokens and a seed", async () => {
  const sent: unknown[] = [];
  const models = ["run:tuned", "tiny-random/qwen3"].map((modelId) => ({ __typename: "BaseModel", modelId }));
  const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "maxNewTokens must be at most 100.", path: ["input", "sampling"] };
  answer("EvaluationChoices", { baseModels: models, sources: [], scorers: [], scorersInUse: [] });
  answer("DatasetChoices", { datasets: connection("Dataset", []) });
  answer("CreateEvaluation", ({ input }) => {
    sent.push(input);
    return { payload: { __typename: "CreateEvaluationPayload", warnings: [], job: null, errors: [error] } };
  });
  renderPage(<NewEvaluationPage />, { at: "/evaluations/new?name=first&dataset=sums-1&candidate=answering:run:tuned&candidate=source:mine" });
  await userEvent.type(screen.getByRole("textbox", { name: "Maximum new tokens" }), "200");
  await userEvent.type(screen.getByRole("textbox", { name: "Seed" }), "7");
  await userEvent.selectOptions(screen.getByLabelText("Kind of candidate 2"), "New answers of the model");
  await userEvent.clear(screen.getByLabelText("Answers of candidate 2", { selector: "input" }));
  await userEvent.click(await screen.findByRole("option", { name: "tiny-random/qwen3" }));
  await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));

  expect(await screen.findByText("maxNewTokens must be at most 100.")).toBeVisible();
  expect(sent).toMatchObject([{
    seed: 7,
    sampling: { maxNewTokens: 200 },
    candidates: [{ name: "run:tuned", modelId: "run:tuned" }, { name: "tiny-random/qwen3", modelId: "tiny-random/qwen3" }],
  }]);

  await userEvent.selectOptions(screen.getByLabelText("Kind of candidate 1"), "Stored answers of the model");
  await userEvent.selectOptions(screen.getByLabelText("Kind of candidate 2"), "Stored answers of the model");
  await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).not.toHaveProperty("sampling");
});
