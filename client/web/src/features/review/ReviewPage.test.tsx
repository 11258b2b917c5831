import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Json } from "../../shared/json.ts";
import { answer, answerInTurn } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { Component as ReviewPage } from "./ReviewPage.tsx";

const STORED = { createScores: { __typename: "CreateScoresPayload", scores: [{ __typename: "Score", id: "s" }], errors: [] } };
const TAKEN_BACK = { deleteScores: { __typename: "DeleteScoresPayload", deletedCount: 1, errors: [] } };
const BUSY = {
  createScores: {
    __typename: "CreateScoresPayload",
    scores: null,
    errors: [{ __typename: "UserError", code: "UNAVAILABLE", message: "The database is busy.", path: [] }],
  },
};
const STEPS = {
  __typename: "Rubric",
  id: "r",
  name: "Steps",
  criteria: [
    {
      __typename: "RubricCriterion",
      scorer: "step",
      label: "Is the step right?",
      perStep: true,
      scale: { __typename: "RubricScale", min: 0, max: 1, choices: [] },
    },
  ],
};

function traceOf(id: string): object {
  const steps = [0, 1].map((index) => ({ __typename: "Step", index, type: "thought", content: `Step ${index} of ${id}` }));
  return { __typename: "Trace", id, uuid: id, source: "mine", externalId: null, prompt: `Prompt ${id}`, finalAnswer: "42", referenceAnswer: null, meta: { answer: "43" }, steps };
}

function answerQueue(ids: readonly string[], total = ids.length): void {
  const edges = ids.map((id) => ({ __typename: "TraceEdge", node: { __typename: "Trace", id } }));
  const pageInfo = { __typename: "PageInfo", hasNextPage: false, endCursor: null };
  answer("ReviewQueue", { page: { __typename: "TraceConnection", edges, pageInfo, totalCount: ids.length } });
  answer("ReviewTotal", { total: { __typename: "TraceConnection", totalCount: total } });
}

/** Answers the mutation, and returns the scores that were sent: trace, scorer, step, score and rationale. The nth has the id `sn`. */
function answerScores(): Json[][] {
  const sent: Json[][] = [];
  answer("ReviewScores", ({ input }) => {
    const { scores: given } = input as { scores: { [name: string]: Json }[] };
    const scores = given.map((each) => {
      sent.push([each["traceId"] ?? null, each["scorer"] ?? null, each["stepIndex"] ?? null, each["score"] ?? null, each["rationale"] ?? null]);
      return { __typename: "Score", id: `s${sent.length}` };
    });
    return { createScores: { __typename: "CreateScoresPayload", scores, errors: [] } };
  });
  return sent;
}

/** Answers the mutation, and returns the ids of the scores that were taken back. */
function answerTakenBack(): Json[] {
  const ids: Json[] = [];
  answer("TakeBackScores", ({ input }) => {
    ids.push(...(input as { ids: string[] }).ids);
    return TAKEN_BACK;
  });
  return ids;
}

function bothScores(own: number, other: number): object[] {
  return [
    { __typename: "Score", id: `own${own}${other}`, scorer: "review", score: own },
    { __typename: "Score", id: `other${own}${other}`, scorer: "teacher", score: other },
  ];
}

beforeEach(() => {
  localStorage.clear();
  answer("ReviewRubrics", { rubrics: { __typename: "RubricConnection", edges: [{ __typename: "RubricEdge", node: STEPS }] } });
  answer("ReviewTrace", ({ id }) => ({ trace: traceOf(String(id)) }));
  const nodes = [bothScores(1, 1), bothScores(0, 1), bothScores(0, 0)].map((latestScores, index) => ({ __typename: "Trace", id: `x${index}`, latestScores }));
  answer("ReviewAgreement", { compared: { __typename: "TraceConnection", edges: nodes.map((node) => ({ __typename: "TraceEdge", node })) } });
});

it("is walked by keys alone: score, comment, skip, undo, to the agreement at the end", async () => {
  answerQueue(["t1", "t2", "t3"], 5);
  const sent = answerScores();
  const takenBack = answerTakenBack();
  renderPage(<ReviewPage />, { at: "/review?dataset=sums-v1" });

  expect(await screen.findByText("Prompt t1")).toBeVisible();
  expect(await screen.findByText("2 of 5 reviewed")).toBeVisible();
  expect(screen.getByText("Reference answer").parentElement).toHaveTextContent("43");
  await userEvent.keyboard("cGood 1{Escape}1");
  expect(await screen.findByText("Prompt t2")).toBeVisible();
  await userEvent.keyboard("s");
  expect(await screen.findByText("Prompt t3")).toBeVisible();
  await userEvent.keyboard("3");
  expect(await screen.findByText("1 trace was skipped.")).toBeVisible();
  await userEvent.keyboard("u");
  expect(await screen.findByText("Prompt t3")).toBeVisible();
  await userEvent.keyboard("2");

  const table = within(await screen.findByRole("region", { name: "Agreement" })).getByRole("table");
  expect(within(table).getAllByRole("row")[1]).toHaveTextContent("Is the answer correct?teacher367 %0.40");
  await screen.findByText("4 of 5 reviewed");
  expect(sent).toEqual([
    ["t1", "review", null, 1, "Good 1"],
    ["t3", "review", null, 0, null],
    ["t3", "review", null, 0.5, null],
  ]);
  expect(takenBack).toEqual(["s2"]);

  answerQueue(["t2"], 5);
  await userEvent.click(screen.getByRole("button", { name: "Review the skipped ones" }));
  expect(await screen.findByText("Prompt t2")).toBeVisible();
});

it("scores each step by a stored rubric, in the name of a reviewer, and a step again", async () => {
  answerQueue(["t1"]);
  const sent = answerScores();
  renderPage(<ReviewPage />, { at: "/review?rubric=Steps&reviewer=ada" });
  const field = await screen.findByRole("textbox", { name: "Score from 0 to 1" });
  await screen.findByText("Step 0 of t1");

  await userEvent.type(field, "2{Enter}");
  expect(screen.getByText("score must be between 0 and 1")).toBeVisible();
  await userEvent.clear(field);
  await userEvent.type(field, "0.5{Enter}");
  expect(await screen.findByText("Step 1 · 2 of 2")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "0.5" }));
  await userEvent.clear(await screen.findByRole("textbox", { name: "Score from 0 to 1" }));
  await userEvent.keyboard("0{Enter}{Escape}j");
  await userEvent.type(await screen.findByRole("textbox", { name: "Score from 0 to 1" }), "1{Enter}");

  await screen.findByText("Everything is reviewed");
  await waitFor(() =>
    expect(sent).toEqual([
      ["t1", "step/ada", 0, 0, null],
      ["t1", "step/ada", 1, 1, null],
    ]),
  );
});

it("keeps a trace that is half scored over a reload", async () => {
  answerQueue(["t1"]);
  const sent = answerScores();
  const first = renderPage(<ReviewPage />, { at: "/review?rubric=Steps" });
  await screen.findByText("Step 0 of t1");
  await userEvent.type(screen.getByRole("textbox", { name: "Score from 0 to 1" }), "0.5{Enter}");
  await screen.findByText("Step 1 · 2 of 2");
  first.unmount();

  renderPage(<ReviewPage />, { at: "/review?rubric=Steps" });
  await userEvent.type(await screen.findByRole("textbox", { name: "Score from 0 to 1" }), "1{Enter}");

  await waitFor(() => expect(sent.map((score) => score.slice(2, 4))).toEqual([[0, 0.5], [1, 1]]));
  await waitFor(() => expect(localStorage.getItem("review-drafts")).toBeNull());
});

it("stores each trace at once, and takes stored scores back over any number of traces", async () => {
  answerQueue(["t1", "t2", "t3"]);
  const sent = answerScores();
  const takenBack = answerTakenBack();
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await waitFor(() => expect(sent).toHaveLength(1));
  await screen.findByText("Prompt t2");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t3");
  await waitFor(() => expect(sent).toHaveLength(2));

  await userEvent.keyboard("uuu");
  await screen.findByText("Prompt t1");
  expect(screen.getByText(/^0 of 3 reviewed/)).toBeVisible();
  await waitFor(() => expect(takenBack).toEqual(["s2", "s1"]));
  await userEvent.keyboard("3");
  await waitFor(() => expect(sent.map(([trace, , , score]) => [trace, score])).toEqual([["t1", 1], ["t2", 1], ["t1", 0]]));
});

it("takes scores back that were on their way, after they arrived, and asks before the page is left until then", async () => {
  answerQueue(["t1", "t2"]);
  const storing = answerInTurn("ReviewScores");
  const takenBack = answerTakenBack();
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  await waitFor(() => expect(storing.asked).toHaveLength(1));
  expect(fireEvent(window, new Event("beforeunload", { cancelable: true }))).toBe(true);
  await userEvent.keyboard("u");
  await screen.findByText("Prompt t1");
  expect(fireEvent(window, new Event("beforeunload", { cancelable: true }))).toBe(false);

  storing.reply(0, STORED);
  await screen.findByText("0 of 2 reviewed");
  expect(takenBack).toEqual(["s"]);
});

it("explains why scores were not taken back, and tries again", async () => {
  answerQueue(["t1", "t2"]);
  answerScores();
  answer("TakeBackScores", {
    deleteScores: { __typename: "DeleteScoresPayload", deletedCount: null, errors: [{ __typename: "UserError", code: "UNAVAILABLE", message: "The database is busy.", path: [] }] },
  });
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  await userEvent.keyboard("u");
  expect(await screen.findByText("Some scores could not be taken back")).toBeVisible();

  const takenBack = answerTakenBack();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(takenBack).toEqual(["s1"]));
  await waitFor(() => expect(screen.queryByText("The database is busy.")).toBeNull());
});

it("explains why scores were not stored, counts them back, and sends them again", async () => {
  answerQueue(["t1", "t2", "t3"]);
  const keys: unknown[] = [];
  answer("ReviewScores", ({ input }) => {
    keys.push((input as { idempotencyKey: string }).idempotencyKey);
    return BUSY;
  });
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");

  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  expect(await screen.findByText("The database is busy.")).toBeVisible();
  expect(screen.getByText("0 of 3 reviewed")).toBeVisible();

  answer("ReviewScores", ({ input }) => {
    keys.push((input as { idempotencyKey: string }).idempotencyKey);
    return STORED;
  });
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("1 of 3 reviewed")).toBeVisible();
  expect(screen.queryByText("The database is busy.")).toBeNull();
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

it("does not offer refused scores to be sent again that were taken back", async () => {
  answerQueue(["t1", "t2", "t3"]);
  answer("ReviewScores", BUSY);
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  expect(await screen.findByText("The database is busy.")).toBeVisible();

  await userEvent.keyboard("u");
  expect(await screen.findByText("Prompt t1")).toBeVisible();
  expect(screen.getByText("0 of 3 reviewed")).toBeVisible();
  await waitFor(() => expect(screen.queryByText("The database is busy.")).toBeNull());
});

it("offers no earlier scores of a trace to be sent again, which are refused after newer ones were given", async () => {
  answerQueue(["t1", "t2", "t3"]);
  const storing = answerInTurn("ReviewScores");
  renderPage(<ReviewPage />, { at: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  await waitFor(() => expect(storing.asked).toHaveLength(1));
  await userEvent.keyboard("u");
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("3");
  await screen.findByText("Prompt t2");

  storing.reply(0, BUSY);
  await waitFor(() => expect(storing.asked).toHaveLength(2));
  storing.reply(1, STORED);
  expect(await screen.findByText("1 of 3 reviewed")).toBeVisible();
  expect(screen.queryByText("The database is busy.")).toBeNull();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

it("reports scores that are refused after the review was left", async () => {
  answerQueue(["t1", "t2"]);
  const storing = answerInTurn("ReviewScores");
  const { router } = renderPage(<ReviewPage />, { at: "/review", path: "/review" });
  await screen.findByText("Prompt t1");
  await userEvent.keyboard("1");
  await screen.findByText("Prompt t2");
  await act(async () => await router.navigate("/elsewhere"));
  await waitFor(() => expect(storing.asked).toHaveLength(1));

  storing.reply(0, BUSY);
  expect(await screen.findByText("Some scores could not be stored")).toBeVisible();
  expect(screen.getByText(/The database is busy\./)).toBeVisible();
});

it("makes a rubric, with errors beside their fields, and uses it", async () => {
  answerQueue([]);
  const sent = vi.fn<(variables: object) => void>();
  const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "scorer must not be empty.", path: ["input", "criteria", "0", "scorer"] };
  answer("CreateRubric", { createRubric: { __typename: "CreateRubricPayload", rubric: null, errors: [error] } });
  const { router } = renderPage(<ReviewPage />, { at: "/review" });
  expect(await screen.findByText("There is nothing to review")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "New rubric…" }));
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Steps");
  await userEvent.click(screen.getByRole("button", { name: "Store the rubric" }));
  expect(await screen.findByText("scorer must not be empty.")).toBeVisible();

  answer("CreateRubric", (variables) => {
    sent(variables);
    return { createRubric: { __typename: "CreateRubricPayload", rubric: { __typename: "Rubric", id: "r", name: "Steps" }, errors: [] } };
  });
  await userEvent.type(screen.getByRole("textbox", { name: "Scorer" }), "step");
  await userEvent.type(screen.getByRole("textbox", { name: "Choices" }), "{Enter}bad");
  await userEvent.click(screen.getByRole("button", { name: "Store the rubric" }));
  expect(sent).not.toHaveBeenCalled();
  await userEvent.clear(screen.getByRole("textbox", { name: "Choices" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "Score each step" }));
  await userEvent.click(screen.getByRole("button", { name: "Store the rubric" }));

  await waitFor(() => expect(router.state.location.search).toBe("?rubric=Steps"));
  expect(sent.mock.calls[0]?.[0]).toMatchObject({
    input: { name: "Steps", criteria: [{ label: "", scorer: "step", perStep: true, scale: { min: 0, max: 1 } }] },
  });
});

it("reports a rubric that does not exist", async () => {
  renderPage(<ReviewPage />, { at: "/review?rubric=Gone" });

  expect(await screen.findByText("There is no such rubric")).toBeVisible();
});

it("takes the reviewer, and traces outside of the dataset, from the fields above the queue", async () => {
  answerQueue([]);
  const { router } = renderPage(<ReviewPage />, { at: "/review?dataset=sums-v1" });
  await screen.findByText("There is nothing to review");

  await userEvent.type(screen.getByRole("textbox", { name: "Reviewer" }), " ada {Enter}");
  await waitFor(() => expect(router.state.location.search).toBe("?dataset=sums-v1&reviewer=ada"));
  await userEvent.click(screen.getByRole("button", { name: "Review other traces too" }));
  await waitFor(() => expect(router.state.location.search).toBe("?reviewer=ada"));
});
