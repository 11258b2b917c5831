import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { DATASET, pageOf } from "../../../testing/datasets.ts";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component } from "./DatasetsPage.tsx";
import { datasetWhere } from "./filter.ts";

const WHERE = { status: { eq: "COMPLETED" } };

it("lists datasets, and keeps filter and order in the address", async () => {
  const asked: Record<string, unknown>[] = [];
  answer("Datasets", (variables) => {
    asked.push(variables);
    return { page: pageOf("Dataset", [DATASET]) };
  });
  const { router } = renderPage(<Component />, { at: `/datasets?where=${encodeURIComponent(JSON.stringify(WHERE))}&order=KEY:desc` });
  expect(await screen.findByRole("link", { name: /maths-1/ })).toHaveAttribute("href", "/datasets/maths-1");
  expect(asked[0]).toMatchObject({
    where: WHERE,
    orderBy: [{ field: "KEY", direction: "DESC" }],
    first: 100,
  });

  await userEvent.type(screen.getByRole("textbox", { name: "Search by key" }), "ma");
  await waitFor(() => expect(asked.at(-1)?.["where"]).toEqual({ and: [WHERE, { key: { contains: "ma" } }] }));
  await userEvent.click(screen.getByRole("button", { name: "Members" }));
  await waitFor(() => expect(asked.at(-1)?.["orderBy"]).toEqual([{ field: "TRACE_COUNT", direction: "ASC" }]));
  expect(Object.fromEntries(new URLSearchParams(router.state.location.search))).toEqual({
    where: JSON.stringify(WHERE),
    q: "ma",
    order: "TRACE_COUNT:asc",
  });
});

it("asks for a dataset again while it is being built", async () => {
  answer("Datasets", { page: pageOf("Dataset", [{ ...DATASET, status: "RUNNING", progress: 0.5 }]) });
  answer("DatasetRow", { dataset: { ...DATASET, status: "RUNNING", progress: 0.7 } });
  renderPage(<Component />, { at: "/datasets" });
  expect(await screen.findByText(/70 %/)).toBeInTheDocument();
  answer("DatasetRow", { dataset: DATASET });
  expect(await screen.findByText("Completed")).toBeInTheDocument();
});

it("offers to make the first dataset, and reports when none matches or they cannot be loaded", async () => {
  answer("Datasets", { page: pageOf("Dataset", []) });
  const first = renderPage(<Component />, { at: "/datasets" });
  await screen.findByRole("heading", { name: "There is no dataset yet" });
  first.unmount();
  const second = renderPage(<Component />, { at: "/datasets?q=x" });
  await screen.findByRole("heading", { name: "No dataset matches" });
  await userEvent.click(screen.getByRole("button", { name: "Clear the filter" }));
  await screen.findByRole("heading", { name: "There is no dataset yet" });
  expect(screen.getByRole("textbox", { name: "Search by key" })).toHaveValue("");
  second.unmount();

  refuse("Datasets", "TIMEOUT", "It took too long");
  renderPage(<Component />, { at: "/datasets" });
  expect(await screen.findByRole("alert")).toHaveTextContent("It took too long");
});

it("offers to load a long list again that has changed while the window was hidden", async () => {
  const pageInfo = { __typename: "PageInfo", hasNextPage: true, endCursor: "1" };
  const first = { ...pageOf("Dataset", [DATASET]), pageInfo };
  answer("Datasets", ({ after }) => ({ page: after === null ? first : pageOf("Dataset", [{ ...DATASET, id: "D2", key: "maths-2" }]) }));
  renderPage(<Component />, { at: "/datasets" });
  await screen.findByRole("link", { name: /maths-2/ });

  answer("Datasets", { page: pageOf("Dataset", [{ ...DATASET, id: "D3", key: "maths-3" }]) });
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 120_000);
  fireEvent(document, new Event("visibilitychange"));
  fireEvent.click(await screen.findByRole("button", { name: "The list has changed: load it again" }));
  expect(await screen.findByRole("link", { name: /maths-3/ })).toBeVisible();
  expect(screen.queryByRole("link", { name: /maths-2/ })).toBeNull();
});

it("joins the search with the filter of the bar", () => {
  expect(datasetWhere({}, null)).toEqual({});
  expect(datasetWhere({}, "a")).toEqual({ key: { contains: "a" } });
  expect(datasetWhere({ key: { startsWith: "b" } }, "a")).toEqual({ and: [{ key: { startsWith: "b" } }, { key: { contains: "a" } }] });
});
