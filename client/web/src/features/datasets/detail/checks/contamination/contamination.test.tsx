import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer, refuse } from "../../../../../testing/network.ts";
import { renderPage } from "../../../../../testing/render.tsx";
import { connection } from "../../../../../testing/traces.ts";
import { Contamination } from "./Contamination.tsx";

const trace = (uuid: string, prompt: string): object => ({ __typename: "Trace", id: `T${uuid}`, uuid, prompt });

function pair(id: string, kind: string, overlap: number, train: object | null, evaluation: object | null): object {
  return { __typename: "ContaminatedPair", id, kind, overlap, trainTrace: train, evalTrace: evaluation };
}

const NEAR = pair("P1", "NEAR_DUPLICATE", 0.75, trace("a", "the cat sat down"), trace("b", "the dog sat down"));
const EQUAL = pair("P2", "EQUAL_PROMPT", 1, trace("c", `Why? ${"so ".repeat(400)}`), null);

function contaminationOf(pairs: readonly object[], total = pairs.length, count = 12): object {
  return {
    contamination: {
      __typename: "Contamination",
      id: "C",
      trainPromptCount: count,
      equalCount: count === 0 ? 0 : 1,
      sharedCount: 0,
      nearCount: count === 0 ? 0 : 11,
      checkedAt: "2026-11-01T12:00:00Z",
      pairs: { ...connection("ContaminatedPair", pairs), totalCount: total },
    },
  };
}

it("compares on demand, and shows both prompts of each pair with their differences", async () => {
  const asked: Record<string, unknown>[] = [];
  answer("Contamination", (variables) => {
    asked.push(variables);
    return contaminationOf(variables["where"] === null ? [EQUAL, NEAR] : [NEAR], 12);
  });
  const { router } = renderPage(<Contamination datasetKey="train-1" other="test-1" />, { at: "/?with=test-1" });
  expect(asked).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Compare the prompts" }));

  expect(await screen.findByText(/^12 training prompts equal or resemble an evaluation prompt/)).toBeVisible();
  expect(router.state.location.search).toBe("?with=test-1&train=train-1");
  const rows = within(screen.getByRole("list", { name: "Pairs of prompts" })).getAllByRole("listitem");
  expect(rows[0]).toHaveTextContent("overlap 1.00");
  expect(rows[0]).toHaveTextContent("the first 1,000 characters");
  expect(rows[0]).toHaveTextContent("Evaluation prompt: the trace was deleted since.");
  expect(rows[1]?.querySelector("del")).toHaveTextContent("cat");
  expect(rows[1]?.querySelector("ins")).toHaveTextContent("dog");
  expect(within(rows[1] as HTMLElement).getByRole("link", { name: "Evaluation prompt" })).toHaveAttribute("href", "/traces/b");

  await userEvent.click(screen.getByRole("button", { name: "11 nearly equal" }));
  await userEvent.click(await screen.findByRole("button", { name: "Show more of 12" }));
  expect(screen.getByRole("button", { name: "0 with shared word sequences" })).toBeDisabled();
  expect(asked.at(-1)).toEqual({ train: "train-1", eval: "test-1", where: { kind: { eq: "NEAR_DUPLICATE" } }, first: 30 });
});

it("takes the training data from the address, which the choice changes, and reports that nothing was found", async () => {
  const asked: unknown[] = [];
  answer("Contamination", ({ train }) => {
    asked.push(train);
    return contaminationOf([], 0, 0);
  });
  const { router } = renderPage(<Contamination datasetKey="train-1" other="test-1" />, { at: "/?train=test-1" });
  expect(await screen.findByText(/^No training prompt equals or resembles/)).toBeVisible();
  expect(screen.queryByRole("list", { name: "Pairs of prompts" })).toBeNull();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Training data" }), "train-1");
  expect(await screen.findByText(/^No training prompt equals or resembles/)).toBeVisible();
  expect(router.state.location.search).toBe("?train=train-1");
  expect(asked).toEqual(["test-1", "train-1"]);
});

it("explains why datasets could not be compared", async () => {
  refuse("Contamination", "TIMEOUT", "The comparison took longer than 30 seconds.");
  renderPage(<Contamination datasetKey="train-1" other="test-1" />, { at: "/?train=train-1" });
  expect(await screen.findByText("The comparison took longer than 30 seconds.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});
