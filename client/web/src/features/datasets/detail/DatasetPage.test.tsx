import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { DATASET, pageOf } from "../../../testing/datasets.ts";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component } from "./DatasetPage.tsx";

const STEPS = { count: 10, bins: [{ low: 1, high: 2, count: 4 }, { low: 2, high: 3, count: 6 }] };
const SCORES = [{ scorer: "baseline", histogram: { count: 10, bins: [{ low: 0, high: 100, count: 10 }] } }];

beforeEach(() => answer("DatasetDistributions", { traceDistributions: { stepCount: STEPS, charCount: STEPS, scores: SCORES } }));

function open(tab = "overview", more = ""): ReturnType<typeof renderPage> {
  return renderPage(<Component />, { at: `/datasets/maths-1?tab=${tab}${more}`, path: "/datasets/:key" });
}

it("shows the numbers, the sources, the scores and the recipe, which can be used again", async () => {
  answer("Dataset", { dataset: DATASET });
  open();

  expect(await screen.findByText("1–4, mean 2.5")).toBeInTheDocument();
  expect(screen.getByRole("list", { name: "Members by source" })).toHaveTextContent("gsm8k9 · 90 %none1 · 10 %");
  expect(screen.getByRole("list", { name: "Scores by scorer" })).toHaveTextContent("0 to 100, mean 50");
  expect(await screen.findByRole("img", { name: /^Steps: 10 values from 1 to 2, most at 2 \(6\)/ })).toBeInTheDocument();
  expect(screen.getByRole("img", { name: /^Score by baseline: 10 values/ })).toBeInTheDocument();
  const again = screen.getByRole("link", { name: "Build another one from this recipe" });
  const address = new URL(again.getAttribute("href") ?? "", "http://localhost");
  expect(Object.fromEntries(address.searchParams)).toEqual({
    where: '{"source":{"eq":"gsm8k"}}',
    strategy: "RANDOM",
    seed: "7",
    limit: "10",
  });
  expect(screen.getByRole("link", { name: "Start a run" })).toHaveAttribute("href", "/runs/new?dataset=maths-1");
});

it("shows the parent of a part, and where an imported dataset comes from", async () => {
  const parts = [{ __typename: "SplitPart", name: "train", count: 8 }];
  const recipe = { __typename: "SplitRecipe", parentKey: "all-1", part: "train", parts, promptSeed: 3 };
  answer("Dataset", { dataset: { ...DATASET, recipe } });
  const { unmount } = open();
  expect(await screen.findByRole("link", { name: "all-1" })).toHaveAttribute("href", "/datasets/all-1");
  unmount();

  const imported = { __typename: "ImportedRecipe", origin: "tunix-rt M14", manifest: { seed: 42 } };
  answer("Dataset", { dataset: { ...DATASET, recipe: imported } });
  open();
  expect(await screen.findByText("tunix-rt M14")).toBeInTheDocument();
  expect(screen.getByText('{ "seed": 42 }')).toBeInTheDocument();
});

it("reports that a dataset is gone, and shows why one could not be loaded", async () => {
  answer("Dataset", { dataset: null });
  const { unmount } = open();
  await screen.findByRole("heading", { name: "This dataset does not exist" });
  unmount();

  refuse("Dataset", "UNAVAILABLE", "The database is unreachable", "req-9");
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("The database is unreachableUNAVAILABLErequest req-9");
});

it("reports that a dataset was deleted elsewhere when another tab of it is opened", async () => {
  answer("Dataset", { dataset: DATASET });
  open();
  const tab = await screen.findByRole("tab", { name: "Members" });
  answer("Dataset", { dataset: null });
  answer("DatasetMembers", { dataset: null });
  await userEvent.click(tab);
  expect(await screen.findByRole("heading", { name: "This dataset does not exist" })).toBeVisible();
});

it("follows a build to its end, and builds a cancelled one again", async () => {
  const running = { ...DATASET, status: "RUNNING", progress: 0.4, traceCount: 4000, sha256: null, stats: null };
  answer("Dataset", { dataset: running });
  const { unmount } = open();
  expect(await screen.findByText("4,000 members so far")).toBeInTheDocument();
  expect(screen.queryByRole("tab", { name: "Members" })).toBeNull();
  answer("Dataset", { dataset: DATASET });
  await screen.findByRole("tab", { name: "Members" });
  unmount();

  answer("Dataset", { dataset: { ...running, status: "CANCELLED" } });
  answer("RetryDataset", { payload: { dataset: { ...running, status: "PENDING" }, errors: [] } });
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Build again" }));
  answer("CancelDataset", { payload: { dataset: null, errors: [{ code: "CONFLICT", message: "It is done", path: [] }] } });
  answer("Dataset", { dataset: { ...running, status: "PENDING" } });
  await userEvent.click(await screen.findByRole("button", { name: "Cancel the build" }));
  await screen.findByText("It is done (CONFLICT)");
});

it("keeps what it shows while the server is unreachable, and reports it", async () => {
  answer("Dataset", { dataset: { ...DATASET, status: "RUNNING", traceCount: 4000, sha256: null, stats: null } });
  open();
  await screen.findByText("4,000 members so far");
  refuse("Dataset", "UNAVAILABLE", "The database is unreachable");
  await screen.findByText(/as last loaded/);
  expect(screen.getByText("4,000 members so far")).toBeInTheDocument();
  answer("Dataset", { dataset: DATASET });
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("tab", { name: "Members" });
});

it("draws the lineage with links to datasets and runs", async () => {
  const run = { __typename: "Run", id: "r1", uuid: "u1", status: "RUNNING", mode: "TRAIN", outputName: "first", modelId: "tiny" };
  answer("Dataset", { dataset: { ...DATASET, runs: { ...pageOf("Run", [run]), totalCount: 3 } } });
  open("lineage");
  const list = await screen.findByRole("list", { name: "Lineage" });
  expect(within(list).getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
    "/datasets/all-1",
    "/datasets/maths-1",
    "/runs/u1",
  ]);
  expect(screen.getByText("2 older ones are not drawn.")).toBeInTheDocument();
});

it("lists the members and searches them, with the search in the address", async () => {
  const member = {
    __typename: "Trace",
    id: "t1",
    uuid: "u1",
    promptPreview: "What is 2 + 2?",
    finalAnswerPreview: "4",
    source: "gsm8k",
    externalId: null,
    stepCount: 1,
    charCount: 20,
    createdAt: "2026-01-01T00:00:00Z",
    latestScores: [],
  };
  const wheres: unknown[] = [];
  answer("Dataset", { dataset: DATASET });
  answer("DatasetMembers", ({ where }) => {
    wheres.push(where);
    return { dataset: { __typename: "Dataset", id: "d1", page: pageOf("Trace", [member]) } };
  });
  const { router } = open("members");
  expect(await screen.findByText("What is 2 + 2?")).toBeInTheDocument();
  await userEvent.type(screen.getByRole("textbox", { name: "Search the members" }), "sum");
  await waitFor(() => expect(wheres.at(-1)).toEqual({ search: "sum" }));
  expect(new URLSearchParams(router.state.location.search).get("q")).toBe("sum");
  const traces = new URL(screen.getByRole("link", { name: "Open in Traces" }).getAttribute("href") ?? "", "http://localhost");
  expect(traces.searchParams.get("where")).toBe('{"datasets":{"some":{"key":{"eq":"maths-1"}}}}');
});
