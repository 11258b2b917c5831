import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { answer } from "../../../testing/network.ts";
import { answerTraces, type Sent, select, show, where } from "../list/fixture.tsx";

beforeEach(() => localStorage.clear());

it("scores the selected traces, and shows the scores", async () => {
  const sent = answerTraces(3);
  const requests: Sent[] = [];
  const scorers = ["baseline", "length"].map((name) => ({ __typename: "Scorer", name, version: "1", description: "Length and steps" }));
  answer("Scorers", { scorers });
  answer("ScoreTraces", ({ input }) => {
    requests.push(input as Sent);
    return { scoreTraces: { __typename: "ScoreTracesPayload", scoredCount: 2, skippedCount: 0, unscoredCount: 0, remainingCount: 0, lastId: null, errors: [] } };
  });
  show();
  await screen.findByText("Prompt 1");
  select(1, 3);
  fireEvent.click(screen.getByText("Score"));
  await screen.findByText("baseline · version 1");
  fireEvent.click(screen.getAllByText("Score").at(-1) as HTMLElement);

  expect(await screen.findByText("2 scored")).toBeVisible();
  expect(screen.queryByText("Cancel")).toBeNull();
  fireEvent.click(screen.getByLabelText("length · version 1"));
  expect(screen.getByText("Cancel")).toBeVisible();
  expect(requests).toEqual([{ scorer: "baseline", onlyMissing: true, ids: ["uuid-1", "uuid-3"] }]);
  await waitFor(() => expect(sent.at(-1)).toMatchObject({ withScores: true }));
});

it("scores all that match in as many requests as it takes, and explains why it stopped", async () => {
  answerTraces(3, 2500);
  const requests: Sent[] = [];
  const errors = [{ __typename: "UserError", code: "UNAVAILABLE", message: "The disk is full.", path: ["input"] }];
  answer("Scorers", { scorers: [{ __typename: "Scorer", name: "baseline", version: "1", description: "Length and steps" }] });
  answer("ScoreTraces", ({ input }) => {
    requests.push(input as Sent);
    const isLast = requests.length > 1;
    return {
      scoreTraces: { __typename: "ScoreTracesPayload", scoredCount: isLast ? null : 1000, skippedCount: isLast ? 0 : 5, unscoredCount: isLast ? 0 : 7, remainingCount: isLast ? 0 : 1495, lastId: "last", errors: isLast ? errors : [] },
    };
  });
  show(`?where=${where({ source: { eq: "gsm8k" } })}&order=STEP_COUNT:desc`);
  await screen.findByText("Prompt 1");
  select(1);
  fireEvent.click(screen.getByText("Select all 2,500 that match"));
  expect(screen.getByText("All 2,500 traces that match")).toBeVisible();
  expect(screen.getByText(/· 2,500 selected$/)).toBeVisible();
  expect(screen.getByLabelText("Select row 3")).toBeChecked();
  fireEvent.click(screen.getByLabelText("Select row 3"));
  expect(screen.getByText("2 traces selected")).toBeVisible();
  fireEvent.click(screen.getByText("Select all 2,500 that match"));
  expect(screen.getByText("Make a dataset").closest("a")).toHaveAttribute(
    "href",
    `/datasets/new?where=${where({ source: { eq: "gsm8k" } })}&order=STEP_COUNT%3Adesc`,
  );
  fireEvent.click(screen.getByText("Score"));
  await screen.findByText("baseline · version 1");
  fireEvent.click(screen.getByLabelText("Skip traces that this version has scored already"));
  fireEvent.click(screen.getAllByText("Score").at(-1) as HTMLElement);

  expect(await screen.findByText("The disk is full.")).toBeVisible();
  expect(screen.getByText("1,000 scored, 5 skipped, 7 without what this scorer needs")).toBeVisible();
  const first = { scorer: "baseline", onlyMissing: false, where: { source: { eq: "gsm8k" } } };
  expect(requests).toEqual([first, { ...first, after: "last" }]);
});

it("does not offer to delete every trace at once", async () => {
  answerTraces(3, 2500);
  show();
  await screen.findByText("Prompt 1");
  select(1);
  fireEvent.click(screen.getByText("Select all 2,500 that match"));
  const button = screen.getByRole("button", { name: "Delete" });
  expect(button).toHaveAttribute("title", "All traces cannot be deleted at once: filter the list first");
  fireEvent.click(button);
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("deletes after the number was typed, and just as many", async () => {
  const sent = answerTraces(3);
  const requests: Sent[] = [];
  answer("DeleteTraces", ({ input }) => {
    requests.push(input as Sent);
    return { deleteTraces: { __typename: "DeleteTracesPayload", deletedCount: 2, matchedCount: 2, errors: [] } };
  });
  show();
  await screen.findByText("Prompt 1");
  select(1, 2);
  fireEvent.click(screen.getByText("Delete"));
  const confirmation = await screen.findByLabelText("Type 2 to confirm");
  const remove = screen.getByText("Delete the traces").closest("button");
  expect(remove).toBeDisabled();
  fireEvent.change(confirmation, { target: { value: "2" } });
  fireEvent.click(remove as HTMLElement);

  expect(await screen.findByText("2 traces deleted")).toBeVisible();
  const ids = ["uuid-1", "uuid-2"];
  expect(requests).toEqual([{ ids, dryRun: true }, { ids, expectedCount: 2 }]);
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(screen.queryByText(/selected/)).toBeNull();
});

it("explains why nothing was deleted", async () => {
  answerTraces(2);
  const error = { __typename: "UserError", code: "CONFLICT", message: "3 traces match, not 2.", path: ["input", "expectedCount"] };
  answer("DeleteTraces", ({ input }) => ({
    deleteTraces: {
      __typename: "DeleteTracesPayload",
      deletedCount: null,
      matchedCount: 2,
      errors: (input as Sent)["dryRun"] === true ? [] : [error],
    },
  }));
  show();
  await screen.findByText("Prompt 1");
  select(1, 2);
  fireEvent.click(screen.getByText("Delete"));
  fireEvent.change(await screen.findByLabelText("Type 2 to confirm"), { target: { value: "2" } });
  fireEvent.click(screen.getByText("Delete the traces"));
  expect(await screen.findByText("3 traces match, not 2.")).toBeVisible();
  fireEvent.click(screen.getByText("Keep them"));
  fireEvent.click(screen.getByLabelText("Clear the selection"));
  expect(screen.queryByText(/selected/)).toBeNull();
});

it("reports how many were deleted before the others were refused, and leaves those selected", async () => {
  const sent = answerTraces(1001);
  const requests: Sent[] = [];
  const error = { __typename: "UserError", code: "UNAVAILABLE", message: "The disk is full.", path: ["input"] };
  answer("DeleteTraces", ({ input }) => {
    requests.push(input as Sent);
    const { ids, dryRun } = input as { ids: string[]; dryRun?: boolean };
    const isRefused = dryRun !== true && ids.length === 1;
    const deletedCount = dryRun === true || isRefused ? null : ids.length;
    return { deleteTraces: { __typename: "DeleteTracesPayload", deletedCount, matchedCount: ids.length, errors: isRefused ? [error] : [] } };
  });
  show();
  await screen.findByText("Prompt 1");
  fireEvent.click(screen.getByLabelText("Select all loaded rows"));
  fireEvent.click(screen.getByText("Delete"));
  fireEvent.change(await screen.findByLabelText("Type 1001 to confirm"), { target: { value: "1,001" } });
  fireEvent.click(screen.getByText("Delete the traces"));

  expect(await screen.findByText("1,000 of 1,001 traces were deleted, the others were not")).toBeVisible();
  expect(screen.getByText("The disk is full.")).toBeVisible();
  expect(screen.queryByText("The traces were not deleted")).toBeNull();
  expect(requests.slice(2)).toMatchObject([{ expectedCount: 1000 }, { ids: ["uuid-1001"], expectedCount: 1 }]);
  await waitFor(() => expect(sent).toHaveLength(2));
  fireEvent.click(screen.getByText("Close"));
  expect(screen.getByText("1 trace selected")).toBeVisible();
});

it("exports the selected traces", async () => {
  answerTraces(2);
  const requests: Sent[] = [];
  answer("StartExport", ({ input }) => {
    requests.push(input as Sent);
    const path = ["input", "format"];
    return {
      startExport: { __typename: "StartExportPayload", export: null, errors: [{ __typename: "UserError", code: "BAD_USER_INPUT", message: "No such format.", path }] },
    };
  });
  show();
  await screen.findByText("Prompt 1");
  select(2);
  fireEvent.click(screen.getByText("Export"));
  await screen.findByText("Export 1 trace");
  fireEvent.click(screen.getAllByText("Export").at(-1) as HTMLElement);
  expect(await screen.findByText("No such format.")).toBeVisible();
  expect(requests[0]).toMatchObject({ traceIds: ["uuid-2"], format: "TRACE", container: "JSONL" });
});
