import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection, storedScore, storedTrace } from "../../testing/traces.ts";
import { Component as AgreementPage } from "./AgreementPage.tsx";

const latestScores = [storedScore("s1", { scorer: "answer_match", score: 1 }), storedScore("s2", { scorer: "ann", score: 0.25 })];
const AGREEMENT = {
  __typename: "ScorerAgreement",
  traceCount: 50,
  bothPassedCount: 20,
  onlyACount: 25,
  onlyBCount: 0,
  neitherCount: 5,
  agreement: 0.5,
  kappa: 0.1666,
  disagreements: connection("Trace", [storedTrace({ latestScores })]),
};

beforeEach(() => answer("ScorersInUse", { scorersInUse: ["ann", "answer_match"].map((scorer) => ({ __typename: "ScorerInUse", scorer })) }));

it("shows the verdicts of two scorers, each with its traces, and where they differ", async () => {
  const asked: unknown[] = [];
  answer("ScorerAgreement", (variables) => {
    asked.push(variables);
    return { scorerAgreement: AGREEMENT };
  });
  const { router } = renderPage(<AgreementPage />, { at: `/agreement?a=answer_match&b=ann&thresholdB=0.5&where=${JSON.stringify({ source: { eq: "mine" } })}` });

  const cells = within(await screen.findByRole("table", { name: "Verdicts of both scorers" })).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent)).toEqual(["20", "25", "0", "5"]);
  expect(screen.getByText("50 %")).toBeVisible();
  expect(screen.getByText("0.167")).toBeVisible();
  const where = new URL(screen.getByRole("link", { name: "25" }).getAttribute("href") ?? "", "http://x").searchParams.get("where");
  const latest = { stepIndex: { isNull: true }, latest: true };
  expect(JSON.parse(where ?? "")).toEqual({
    and: [
      { source: { eq: "mine" } },
      { scores: { some: { scorer: { eq: "answer_match" }, ...latest, score: { gte: 1 } } } },
      { scores: { some: { scorer: { eq: "ann" }, ...latest, score: { lt: 0.5 } } } },
    ],
  });
  const rows = within(screen.getByRole("list", { name: "Disagreements" })).getAllByRole("listitem");
  expect(rows[0]).toHaveTextContent("How many clips?72answer_match 1 · ann 0.25");

  await userEvent.click(screen.getByRole("button", { name: "Show more of 25" }));
  await userEvent.type(screen.getByRole("textbox", { name: "First scorer passes from" }), "2");
  await waitFor(() => expect(router.state.location.search).toContain("threshold=2"));
  await waitFor(() => expect(asked.at(-1)).toEqual({ a: "answer_match", b: "ann", where: { source: { eq: "mine" } }, threshold: 2, thresholdB: 0.5, first: 60 }));
});

it("has in its fields what the address has, also when that changes", async () => {
  answer("ScorerAgreement", { scorerAgreement: AGREEMENT });
  const { router } = renderPage(<AgreementPage />, { at: "/agreement?a=answer_match&b=ann&threshold=0.5" });
  const first = screen.getByLabelText("First scorer", { selector: "input" });
  await userEvent.clear(first);
  await userEvent.type(first, "ann");
  await waitFor(() => expect(router.state.location.search).toContain("a=ann"));
  expect(first).toHaveValue("ann");

  await act(() => router.navigate("/agreement"));
  await waitFor(() => expect(first).toHaveValue(""));
  expect(screen.getByRole("textbox", { name: "First scorer passes from" })).toHaveValue("");
  await act(() => router.navigate("/agreement?a=judge"));
  await waitFor(() => expect(first).toHaveValue("judge"));
});

it("asks for two scorers first, and reports when nothing has scores of both, or when they cannot be compared", async () => {
  answer("ScorerAgreement", { scorerAgreement: { ...AGREEMENT, traceCount: 0, agreement: null, kappa: null } });
  const { router } = renderPage(<AgreementPage />, { at: "/agreement?a=answer_match" });
  expect(screen.getByText("Choose two scorers")).toBeVisible();
  await userEvent.type(screen.getByLabelText("Second scorer", { selector: "input" }), "ann");
  expect(await screen.findByText("No trace has scores of both")).toBeVisible();
  expect(router.state.location.search).toBe("?a=answer_match&b=ann");

  refuse("ScorerAgreement", "BAD_USER_INPUT", "b must differ from a.");
  await userEvent.clear(screen.getByLabelText("Second scorer", { selector: "input" }));
  await userEvent.type(screen.getByLabelText("Second scorer", { selector: "input" }), "answer_match");
  expect(await screen.findByText("b must differ from a.")).toBeVisible();
});

it("reports that there is no disagreement, and no kappa where both give one verdict only", async () => {
  const same = { ...AGREEMENT, bothPassedCount: 50, onlyACount: 0, neitherCount: 0, agreement: 1, kappa: null, disagreements: connection("Trace", []) };
  answer("ScorerAgreement", { scorerAgreement: same });
  renderPage(<AgreementPage />, { at: "/agreement?a=answer_match&b=ann" });
  expect(await screen.findByText("There are none.")).toBeVisible();
  expect(screen.getByText("none: both give one verdict only")).toBeVisible();
});
