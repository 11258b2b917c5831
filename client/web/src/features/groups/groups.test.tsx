import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection, storedScore, storedStep, storedTrace } from "../../testing/traces.ts";
import { groupAddress } from "./address.ts";
import { Component as GroupPage } from "./group/GroupPage.tsx";
import { Component as GroupsPage } from "./list/GroupsPage.tsx";

const GROUP = {
  __typename: "TraceGroup",
  key: "sums/1",
  promptPreview: "What is 3 + 4?",
  prompt: "What is 3 + 4?",
  referenceAnswer: "7",
  size: 4,
  gradedCount: 4,
  correctCount: 3,
  passRate: 0.75,
  mean: 0.75,
  variance: 0.25,
  distinctAnswerCount: 2,
  majorityAnswer: "7",
  majorityCorrect: true,
};

function answerOf(n: number, score: number, final: string): object {
  return storedTrace({
    uuid: `01970000-0000-7000-8000-00000000000${n}`,
    finalAnswerPreview: final,
    steps: [storedStep(0, `Reasoning ${n}`)],
    latestScores: [storedScore(`${n}`, { scorer: "answer_match", score })],
    producedBy: n === 1 ? { __typename: "TraceOrigin", modelId: "run:sums", checkpointStep: 20, tokenCount: 12, finishReason: "LENGTH", malformed: true } : null,
  });
}

const passes = { pass1: 0.75, pass2: 1, pass4: 1, pass8: null, pass16: null, pass64: null };
const distinct = [
  { __typename: "GroupAnswer", answer: "7", count: 3, gradedCount: 3, correctCount: 3 },
  { __typename: "GroupAnswer", answer: "8", count: 1, gradedCount: 1, correctCount: 0 },
];

let asked: Record<string, unknown>[] = [];

beforeEach(() => {
  asked = [];
  answer("ScorersInUse", { scorersInUse: ["baseline", "answer_match"].map((scorer) => ({ __typename: "ScorerUse", scorer })) });
  answer("Groups", (variables) => {
    asked.push(variables);
    return { page: connection("TraceGroup", [GROUP, { ...GROUP, key: "b", passRate: null, gradedCount: 0, majorityCorrect: null }]) };
  });
});

it("lists groups with their correct traces, and keeps the choice of groups and scorer in the address", async () => {
  const { router } = renderPage(<GroupsPage />, { at: '/groups?where={"source":{"eq":"mine"}}' });

  const row = (await screen.findAllByRole("row"))[1];
  expect(row).toHaveTextContent("What is 3 + 4?3 of 4 · 75 %42✓77");
  expect(screen.getByText("not graded")).toBeVisible();
  const links = screen.getAllByRole("link", { name: "What is 3 + 4?" });
  expect(links[0]).toHaveAttribute("href", groupAddress("sums/1", { where: '{"source":{"eq":"mine"}}', scorer: "answer_match" }));
  expect(asked[0]).toMatchObject({ where: { source: { eq: "mine" } }, having: { size: { gte: 2 } }, scorer: "answer_match", orderBy: null });

  await userEvent.selectOptions(screen.getByLabelText("Groups with"), "Right and wrong");
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ having: { size: { gte: 2 }, passRate: { gt: 0, lt: 1 } } }));
  await userEvent.click(screen.getByRole("button", { name: "Correct" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ orderBy: [{ field: "PASS_RATE", direction: "ASC" }] }));
  expect(router.state.location.search).toContain("show=mixed");
});

it("explains how groups come to be, when none matches, and why they could not be loaded", async () => {
  answer("Groups", { page: connection("TraceGroup", []) });
  const first = renderPage(<GroupsPage />, { at: "/groups" });
  expect(await screen.findByText("No prompt has several answers yet")).toBeVisible();
  first.unmount();
  const second = renderPage(<GroupsPage />, { at: "/groups?show=none" });
  expect(await screen.findByText("No group matches")).toBeVisible();
  second.unmount();
  refuse("Groups", "TIMEOUT", "It took too long.");
  renderPage(<GroupsPage />, { at: "/groups" });
  expect(await screen.findByText("It took too long.")).toBeVisible();
});

it("shows a group: its statistics, its final answers, and its answers with the best first", async () => {
  const variables: Record<string, unknown>[] = [];
  answer("CheckpointAnswers", { traceGroup: null });
  answer("Group", (given) => {
    variables.push(given);
    const traces = connection("Trace", [answerOf(1, 0, "8"), answerOf(2, 1, "7")]);
    return { traceGroup: { ...GROUP, ...passes, distinctAnswers: distinct, traces } };
  });
  renderPage(<GroupPage />, { at: "/groups/sums%2F1", path: "/groups/:key" });

  const answers = within(await screen.findByRole("list", { name: "Answers" })).getAllByRole("listitem");
  expect(answers.map((each) => each.textContent)).toEqual([
    "17Reasoning 2gsm8kOpen",
    "08Reasoning 1run:sums · step 20 · 12 tokens · cut off · malformedCompareOpen",
  ]);
  expect(variables[0]).toEqual({ key: "sums/1", where: null, scorer: "answer_match" });
  const finals = within(screen.getByRole("list", { name: "Final answers" })).getAllByRole("listitem");
  expect(finals.map((each) => each.textContent)).toEqual(["73 · 3 correct · majority", "81 · 0 correct"]);
  expect(screen.getAllByRole("term").map((term) => `${term.textContent} ${term.nextSibling?.textContent}`)).toEqual([
    "Reference answer 7",
    "Answers 4",
    "Correct 3 of 4 · 75 %",
    "pass@1 75 %",
    "pass@2 100 %",
    "pass@4 100 %",
    "Mean score 0.75 ± 0.5",
  ]);
});

it("reports that a group does not exist", async () => {
  answer("Group", { traceGroup: null });
  renderPage(<GroupPage />, { at: '/groups/x?where={"source":{"eq":"a"}}', path: "/groups/:key" });

  expect(await screen.findByText("This group does not exist")).toBeVisible();
  expect(screen.getByRole("link", { name: "of all" })).toHaveAttribute("href", "/groups/x");
});
