import { fireEvent, screen } from "@testing-library/react";
import { answer } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component as TracesPage } from "./TracesPage.tsx";

/** Variables of a request. */
export interface Sent {
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
export function answerTraces(count: number, total = count): Sent[] {
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

/** Shows the page at an address. */
export function show(search = ""): ReturnType<typeof renderPage> {
  return renderPage(<TracesPage />, { at: `/traces${search}`, path: "/traces" });
}

/** Ticks rows by their number. */
export const select = (...rows: number[]): void => rows.forEach((row) => fireEvent.click(screen.getByLabelText(`Select row ${row}`)));
/** Writes a filter as addresses do. */
export const where = (filter: object): string => encodeURIComponent(JSON.stringify(filter));
