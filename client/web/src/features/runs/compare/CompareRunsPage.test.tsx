import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { graphql, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ChartSeries } from "../../../shared/chart/series/series.ts";
import { answer, refuse, use } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component } from "./CompareRunsPage.tsx";
import { idsOf, lastValues, moveRun, informativeMetrics } from "./comparison.ts";

// The canvas is drawn in browser tests; here it matters which lines it gets.
vi.mock("../../../shared/chart/LineChart.tsx", () => ({
  LineChart: ({ title, series }: { title: string; series: readonly ChartSeries[] }) => (
    <p>{`${title}: ${series.map(({ label, colour }) => `${label} ${colour}`).join(", ")}`}</p>
  ),
}));

const NAMES: Record<string, string | null> = { a: "first", b: "second", c: null };

function curve(steps: number[], values: (number | null)[]) {
  return { __typename: "RunMetricSeries", steps, values, kinds: values.map(() => "FINITE" as const) };
}

function comparisonOf(ids: string[], status = "COMPLETED") {
  const runs = ids.map((id) => ({
    __typename: "Run",
    id: `Run-${id}`,
    uuid: id,
    outputName: NAMES[id] ?? null,
    status,
    modelId: "tiny-random/qwen3",
    datasetKey: "maths-v1",
    evalDataset: id === "b" ? { __typename: "Dataset", id: "D2", key: "maths-test-v1" } : null,
  }));
  const metrics = [
    { __typename: "RunMetricComparison", name: "train/loss", series: ids.map((_, place) => curve(place === 2 ? [] : [0, 1], place === 2 ? [] : [3, 2 + place])) },
    { __typename: "RunMetricComparison", name: "dataset/records", series: ids.map(() => curve([0], [200])) },
  ];
  const differences = [
    { __typename: "RunDifference", field: "lora.rank", values: ids.map((_, place) => (place === 0 ? "4" : null)) },
    { __typename: "RunDifference", field: "evalDatasetId", values: ids.map((id) => (id === "b" ? "0000" : null)) },
  ];
  return { compareRuns: { __typename: "RunComparison", runs, differences, metrics } };
}

function prepare(): void {
  answer("CompareRuns", ({ ids }) => comparisonOf(ids as string[]));
  const node = { __typename: "Run", id: "Run-b", uuid: "b", outputName: "second", modelId: "m", datasetKey: "d" };
  answer("RunChoices", { runs: { __typename: "RunConnection", edges: [{ __typename: "RunEdge", node }] } });
}

const cells = (name: RegExp): (string | null)[] =>
  within(screen.getByRole("row", { name }))
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

describe("the page that compares runs", () => {
  it("shows only what differs, with the leftmost run as the baseline", async () => {
    prepare();
    renderPage(<Component />, { at: "/runs/compare?ids=a,b,c" });

    expect(await screen.findByRole("columnheader", { name: /first.*Baseline/ })).toBeVisible();
    expect(cells(/lora\.rank/)).toEqual(["4", "not set", "not set"]);
    expect(cells(/evalDatasetId/)).toEqual(["not set", "maths-test-v1", "not set"]);
    expect(cells(/train\/loss/)).toEqual(["2", "3+1", "–"]);
    expect(screen.queryByRole("row", { name: /dataset\/records/ })).not.toBeInTheDocument();
    expect(screen.getByText("train/loss: first 0, second 1")).toBeVisible();
  });

  it("moves and leaves out runs, in the address", async () => {
    prepare();
    const { router } = renderPage(<Component />, { at: "/runs/compare?ids=a,b,c" });
    const ids = () => new URLSearchParams(router.state.location.search).get("ids");

    await userEvent.click(await screen.findByRole("button", { name: "Move second to the left" }));
    await waitFor(() => expect(ids()).toBe("b,a,c"));
    expect(await screen.findByRole("columnheader", { name: /second.*Baseline/ })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Leave first out" }));
    await waitFor(() => expect(ids()).toBe("b,c"));
  });

  it("adds a run when there are too few", async () => {
    prepare();
    const { router } = renderPage(<Component />, { at: "/runs/compare?ids=a" });

    expect(await screen.findByText("Choose at least two runs")).toBeVisible();
    await userEvent.click(screen.getByLabelText("Add a run", { selector: "input" }));
    fireEvent.click(await screen.findByText("second · m on d"));
    await waitFor(() => expect(router.state.location.search).toBe("?ids=a%2Cb"));
    expect(await screen.findByRole("row", { name: /lora\.rank/ })).toBeVisible();
  });

  it("compares the others when a run was deleted", async () => {
    prepare();
    answer("RunExists", ({ id }) => ({ run: id === "c" ? null : { __typename: "Run", id } }));
    refuse("CompareRuns", "NOT_FOUND", "There is no run 'c'.");
    const { router } = renderPage(<Component />, { at: "/runs/compare?ids=a,c,b" });

    expect(await screen.findByText("There is no run 'c'.")).toBeVisible();
    answer("CompareRuns", ({ ids }) => comparisonOf(ids as string[], "COMPLETED"));
    expect(await screen.findByRole("row", { name: /lora\.rank/ })).toBeVisible();
    expect(screen.getByText(/There is no run c: deleted/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Leave it out" }));
    await waitFor(() => expect(router.state.location.search).toBe("?ids=a%2Cb"));
    expect(screen.queryByText(/There is no run c/)).not.toBeInTheDocument();
  });
});

describe("the page that compares runs, on a bad day", () => {
  it("keeps the page while the server is unreachable", async () => {
    prepare();
    answer("CompareRuns", ({ ids }) => comparisonOf(ids as string[], "RUNNING"));
    const { client } = renderPage(<Component />, { at: "/runs/compare?ids=a,b" });
    expect(await screen.findByRole("row", { name: /lora\.rank/ })).toBeVisible();

    use(graphql.query("CompareRuns", () => HttpResponse.error()));
    await client.refetchQueries({ include: ["CompareRuns"] }).catch(() => {});

    expect(await screen.findByText("The server cannot be reached.")).toBeVisible();
    expect(screen.getByRole("row", { name: /lora\.rank/ })).toBeVisible();
  });
});

describe("comparison", () => {
  it("reads at most eight different runs of an address", () => {
    expect(idsOf("a, b,,a")).toEqual(["a", "b"]);
    expect(idsOf("1,2,3,4,5,6,7,8,9")).toHaveLength(8);
    expect(idsOf(null)).toEqual([]);
  });

  it("moves a run to a place", () => {
    expect(moveRun(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moveRun(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moveRun(["a"], 4, 0)).toEqual(["a"]);
  });

  it("has no difference without a baseline, and a row for a number in which runs differ", () => {
    const metric = { name: "x", series: [curve([], []), curve([0], [2])] };
    expect(lastValues(metric)).toEqual([{ value: null, difference: null }, { value: 2, difference: null }]);
    const curved = { name: "y", series: [curve([0, 1], [1, 2])] };
    expect(informativeMetrics([metric, { ...metric, series: [] }, curved]).map(({ name }) => name)).toEqual(["y", "x"]);
  });
});
