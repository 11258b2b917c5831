import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { answer } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection } from "../../../../testing/traces.ts";
import { Leaderboard } from "./Leaderboard.tsx";

function entry(name: string, mean: number, bestRank: number, worstRank: number): object {
  const evaluation = { __typename: "Evaluation", id: "E", uuid: "e", name: "first" };
  const candidate = { __typename: "EvaluationCandidate", id: `C${name}`, uuid: name, name, mean, low: mean - 0.05, high: mean + 0.05, answerCount: 100, evaluation };
  return { __typename: "LeaderboardEntry", bestRank, worstRank, candidate };
}

it("ranks candidates, with one rank for those that do not differ significantly", async () => {
  answer("LeaderboardScorers", { evaluations: connection("Evaluation", [{ __typename: "Evaluation", id: "E", scorer: "answer_match" }]) });
  answer("Leaderboard", {
    leaderboard: {
      __typename: "Leaderboard",
      entries: [entry("a", 0.8, 1, 2), entry("b", 0.75, 1, 2), entry("c", 0.2, 3, 3)],
      groups: [{ __typename: "LeaderboardGroup", candidateUuids: ["a", "b"] }, { __typename: "LeaderboardGroup", candidateUuids: ["c"] }],
    },
  });
  renderPage(<Leaderboard datasetKey="sums-1" />, { at: "/" });

  const rows = within(await screen.findByRole("table", { name: "Leaderboard" })).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent)).toEqual([
    "a1 – 21000.800 (0.750 – 0.850)group 1",
    "b1 – 21000.750 (0.700 – 0.800)group 1",
    "c31000.200 (0.150 – 0.250)differs from all",
  ]);
  expect(screen.getByRole("link", { name: "a" })).toHaveAttribute("href", "/evaluations/e");
});

it("offers a first evaluation", async () => {
  answer("LeaderboardScorers", { evaluations: connection("Evaluation", []) });
  renderPage(<Leaderboard datasetKey="sums-1" />, { at: "/" });
  expect(await screen.findByRole("link", { name: "New evaluation" })).toHaveAttribute("href", "/evaluations/new?dataset=sums-1");
});
