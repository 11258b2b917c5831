import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { DATASET, pageOf } from "../../../testing/datasets.ts";
import { answer, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component } from "./DatasetsPage.tsx";
import { datasetWhere, statusesOf } from "./filter.ts";

it("lists datasets, and keeps filter and order in the address", async () => {
  const asked: Record<string, unknown>[] = [];
  answer("Datasets", (variables) => {
    asked.push(variables);
    return { page: pageOf("Dataset", [DATASET]) };
  });
  const { router } = renderPage(<Component />, { at: "/datasets?status=COMPLETED&order=KEY:desc" });
  expect(await screen.findByRole("link", { name: /maths-1/ })).toHaveAttribute("href", "/datasets/maths-1");
  expect(asked[0]).toMatchObject({
    where: { status: { in: ["COMPLETED"] } },
    orderBy: [{ field: "KEY", direction: "DESC" }],
    first: 100,
  });

  await userEvent.type(screen.getByRole("textbox", { name: "Search by key" }), "ma");
  await waitFor(() => expect(asked.at(-1)?.["where"]).toEqual({ key: { contains: "ma" }, status: { in: ["COMPLETED"] } }));
  await userEvent.click(screen.getByRole("button", { name: "Members" }));
  await waitFor(() => expect(asked.at(-1)?.["orderBy"]).toEqual([{ field: "TRACE_COUNT", direction: "ASC" }]));
  expect(Object.fromEntries(new URLSearchParams(router.state.location.search))).toEqual({
    status: "COMPLETED",
    q: "ma",
    order: "TRACE_COUNT:asc",
  });
});

it("asks for a dataset again while it is being built", async () => {
  answer("Datasets", { page: pageOf("Dataset", [{ ...DATASET, status: "RUNNING", progress: 0.5 }]) });
  answer("DatasetRow", { dataset: DATASET });
  renderPage(<Component />, { at: "/datasets" });
  expect(await screen.findByText("Completed")).toBeInTheDocument();
});

it("offers to make the first dataset, and says when none matches or they cannot be loaded", async () => {
  answer("Datasets", { page: pageOf("Dataset", []) });
  const first = renderPage(<Component />, { at: "/datasets" });
  await screen.findByRole("heading", { name: "There is no dataset yet" });
  first.unmount();
  const second = renderPage(<Component />, { at: "/datasets?q=x" });
  await screen.findByRole("heading", { name: "No dataset matches" });
  second.unmount();

  refuse("Datasets", "TIMEOUT", "It took too long");
  renderPage(<Component />, { at: "/datasets" });
  expect(await screen.findByRole("alert")).toHaveTextContent("It took too long");
});

it("reads known statuses alone from an address", () => {
  expect(statusesOf("COMPLETED,LOST,FAILED")).toEqual(["COMPLETED", "FAILED"]);
  expect(datasetWhere(null, [])).toEqual({});
});
