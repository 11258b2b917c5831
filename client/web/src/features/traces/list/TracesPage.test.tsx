import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component as TracesPage } from "./TracesPage.tsx";

interface Sent {
  [name: string]: unknown;
}

const SCORE = { __typename: "Score", id: "s1", scorer: "baseline", stepIndex: null, score: 41.25 };

function trace(index: number, scores: object[] = [SCORE]): object {
  return {
    __typename: "Trace",
    id: `id-${index}`,
    uuid: `uuid-${index}`,
    createdAt: "2026-01-01T00:00:00Z",
    source: "gsm8k",
    externalId: String(index),
    traceVersion: "1.0",
    stepCount: index,
    charCount: 1000 * index,
    promptPreview: `Prompt ${index}`,
    finalAnswerPreview: `Answer ${index}`,
    promptHash: "aabbccddeeff0011",
    contentHash: "0011223344556677",
    meta: { split: "train", nested: { list: [1] } },
    latestScores: scores,
  };
}

/** Answers the list with some traces; returns the variables of its requests. */
function listing(count: number, total = count): Sent[] {
  const sent: Sent[] = [];
  answer("Traces", (variables) => {
    sent.push(variables);
    const edges = Array.from({ length: count }, (_, index) => ({ __typename: "TraceEdge", node: trace(index + 1) }));
    const pageInfo = { __typename: "PageInfo", hasNextPage: false, endCursor: null };
    return { page: { __typename: "TraceConnection", edges, pageInfo, totalCount: total } };
  });
  answer("ScorersInUse", { scorersInUse: [{ __typename: "ScorerInUse", scorer: "baseline" }] });
  answer("FilterSuggestions", {
    sources: [{ __typename: "SourceCount", source: "gsm8k" }],
    metaPaths: [{ __typename: "MetaPath", path: ["split"], examples: ["train"] }],
    scorersInUse: [{ __typename: "ScorerInUse", scorer: "baseline" }],
    datasets: { __typename: "DatasetConnection", edges: [{ __typename: "DatasetEdge", node: { __typename: "Dataset", id: "d", key: "math-1", name: "math" } }] },
  });
  return sent;
}

function show(search = ""): ReturnType<typeof renderPage> {
  return renderPage(<TracesPage />, { at: `/traces${search}`, path: "/traces" });
}

const select = (...rows: number[]): void => rows.forEach((row) => fireEvent.click(screen.getByLabelText(`Select row ${row}`)));
const where = (filter: object): string => encodeURIComponent(JSON.stringify(filter));

beforeEach(() => localStorage.clear());

describe("TracesPage", () => {
  it("asks for what the URL selects, and shows own fields, scores and metadata", async () => {
    const sent = listing(2);
    show(`?where=${where({ stepCount: { gte: 1 } })}&order=STEP_COUNT:desc&columns=prompt,promptHash,score:baseline,meta:split,meta:nested.list,unknown`);

    const link = await screen.findByText("Prompt 1");
    expect(link.closest("a")).toHaveAttribute(
      "href",
      `/traces/uuid-1?where=${where({ stepCount: { gte: 1 } })}&order=STEP_COUNT%3Adesc`,
    );
    expect(screen.getAllByText("41.25")).toHaveLength(2);
    expect(screen.getAllByText("train")).toHaveLength(2);
    expect(screen.getAllByText("[1]")).toHaveLength(2);
    expect(screen.getAllByText("aabbccddeeff")).toHaveLength(2);
    expect(sent).toEqual([
      {
        where: { stepCount: { gte: 1 } },
        orderBy: [{ field: "STEP_COUNT", direction: "DESC" }],
        first: 100,
        after: null,
        isFirst: true,
        withMeta: true,
        withScores: true,
      },
    ]);
    expect(screen.getByText("2 of 2 loaded · filtered")).toBeVisible();
  });

  it("filters, orders and adds columns by the address", async () => {
    const sent = listing(2);
    const { router } = show();
    await screen.findByText("Prompt 1");
    expect(sent[0]).toMatchObject({ where: {}, orderBy: [], withMeta: false, withScores: true });
    expect(await screen.findAllByText("41.25")).toHaveLength(2);
    const headers = screen.getAllByRole("columnheader").map((header) => header.textContent);
    expect(headers.slice(1, 5)).toEqual(["Prompt", "Final answer", "baseline", "Source"]);

    const search = screen.getByLabelText("Search the traces");
    fireEvent.change(search, { target: { value: "proof" } });
    fireEvent.keyDown(search, { key: "Enter" });
    fireEvent.click(screen.getByText("Steps"));
    await waitFor(() => expect(sent.at(-1)).toMatchObject({ where: { search: "proof" }, orderBy: [{ field: "STEP_COUNT", direction: "ASC" }] }));

    fireEvent.click(screen.getByLabelText("Choose columns"));
    const path = await screen.findByLabelText("Metadata path");
    fireEvent.change(path, { target: { value: "nested.list" } });
    fireEvent.keyDown(path, { key: "Enter" });
    fireEvent.click(await screen.findByLabelText("baseline"));
    await waitFor(() => expect(sent.at(-1)).toMatchObject({ withMeta: true, withScores: false }));
    fireEvent.click(await screen.findByLabelText("baseline"));
    expect(new URLSearchParams(router.state.location.search).get("columns")).toContain("meta:nested.list");
    expect(await screen.findAllByText("41.25")).toHaveLength(2);
  });

  it("suggests what is stored when a filter is written", async () => {
    listing(1);
    show();
    await screen.findByText("Prompt 1");
    fireEvent.click(screen.getByText("Filter"));
    fireEvent.click(await screen.findByText("Source", { selector: "[role=menuitem] *" }));
    await waitFor(() => expect(document.querySelector("datalist option")).toHaveTextContent("gsm8k"));
  });

  it("explains what to do when there is nothing, when nothing matches, and when the list is refused", async () => {
    listing(0);
    const { unmount } = show();
    expect((await screen.findByText("Upload traces")).closest("a")).toHaveAttribute("href", "/traces/upload");
    unmount();

    const { router, unmount: leave } = show(`?where=${where({ search: "proof" })}`);
    fireEvent.click(await screen.findByText("Clear the filter"));
    expect(router.state.location.search).toBe("");
    leave();

    refuse("Traces", "TIMEOUT", "The query took too long.");
    show();
    expect(await screen.findByText("The query took too long.")).toBeVisible();
    listing(1);
    fireEvent.click(screen.getByText("Try again"));
    expect(await screen.findByText("Prompt 1")).toBeVisible();
  });

  it("scores the selected traces, and shows the scores", async () => {
    const sent = listing(3);
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
    listing(3, 2500);
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
    show(`?where=${where({ source: { eq: "gsm8k" } })}`);
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
      `/datasets/new?where=${where({ source: { eq: "gsm8k" } })}`,
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
    listing(3, 2500);
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
    const sent = listing(3);
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
    const remove = screen.getAllByText("Delete").at(-1)?.closest("button");
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
    listing(2);
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
    fireEvent.click(screen.getAllByText("Delete").at(-1) as HTMLElement);
    expect(await screen.findByText("3 traces match, not 2.")).toBeVisible();
    fireEvent.click(screen.getByText("Cancel"));
    fireEvent.click(screen.getByText("Clear the selection"));
    expect(screen.queryByText(/selected/)).toBeNull();
  });

  it("exports the selected traces", async () => {
    listing(2);
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
});
