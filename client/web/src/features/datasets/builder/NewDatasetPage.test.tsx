import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answer, answerInTurn, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component } from "./NewDatasetPage.tsx";

const TRACE = { __typename: "Trace", id: "t1", uuid: "u1", promptPreview: "What is 2 + 2?", source: "gsm8k", stepCount: 1 };
const WHERE = { source: { eq: "gsm8k" } };

function preview(totalCount: number): object {
  return { traces: { __typename: "TraceConnection", edges: [{ __typename: "TraceEdge", node: TRACE }], totalCount } };
}

it("counts what the address selects, and shows the first rows", async () => {
  const asked: unknown[] = [];
  answer("DatasetPreview", (variables) => {
    asked.push(variables);
    return preview(7000);
  });
  const where = encodeURIComponent(JSON.stringify(WHERE));
  const { router } = renderPage(<Component />, { at: `/datasets/new?where=${where}&limit=100&order=STEP_COUNT:asc` });
  expect(await screen.findByRole("link", { name: "What is 2 + 2?" })).toHaveAttribute("href", "/traces/u1");
  expect(screen.getByRole("region", { name: "Preview" })).toHaveTextContent("7,000 traces match; the first 100 of them become members.");
  expect(asked[0]).toEqual({ where: WHERE, orderBy: [{ field: "STEP_COUNT", direction: "ASC" }] });

  await userEvent.click(screen.getByRole("combobox", { name: "Strategy" }));
  await userEvent.click(await screen.findByRole("option", { name: "Random, stable" }));
  expect(await screen.findByText(/chosen at random/)).toBeInTheDocument();
  expect(router.state.location.search).toContain("strategy=RANDOM");
});

it("shows refusals beside their fields, sends the same idempotency key again, and opens the dataset", async () => {
  answer("DatasetPreview", preview(1));
  const inputs: Record<string, unknown>[] = [];
  const errors = [
    { code: "CONFLICT", message: "There is a dataset with this key", path: ["input", "name"] },
    { code: "BAD_USER_INPUT", message: "The selection is empty", path: ["input"] },
  ];
  answer("CreateDataset", ({ input }) => {
    inputs.push(input as Record<string, unknown>);
    const made = { __typename: "Dataset", id: "d1", key: "maths-1" };
    return { createDataset: inputs.length === 1 ? { dataset: null, errors } : { dataset: made, errors: [] } };
  });
  const { router } = renderPage(<Component />, { at: "/datasets/new", path: "/datasets/new" });
  expect(await screen.findByRole("button", { name: "Create dataset" })).toBeDisabled();
  await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "maths");
  await userEvent.click(screen.getByRole("button", { name: "Create dataset" }));
  expect(await screen.findByText("There is a dataset with this key")).toBeInTheDocument();
  expect(screen.getByRole("alert")).toHaveTextContent("The selection is empty");

  await userEvent.click(screen.getByRole("button", { name: "Create dataset" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/datasets/maths-1"));
  expect(inputs[1]).toMatchObject({ name: "maths", version: "1", where: {}, strategy: "LATEST" });
  expect(inputs[1]?.["idempotencyKey"]).toBe(inputs[0]?.["idempotencyKey"]);
});

it("opens no dataset whose creation is answered after the page was left", async () => {
  answer("DatasetPreview", preview(1));
  const creating = answerInTurn("CreateDataset");
  const { client, router } = renderPage(<Component />, { at: "/datasets/new", path: "/datasets/new" });
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "maths");
  await userEvent.click(screen.getByRole("button", { name: "Create dataset" }));
  await waitFor(() => expect(creating.asked).toHaveLength(1));
  await act(async () => await router.navigate("/elsewhere"));
  creating.reply(0, { createDataset: { dataset: { __typename: "Dataset", id: "d1", key: "maths-1" }, errors: [] } });
  await waitFor(() => expect(client.cache.extract()).toHaveProperty("Dataset:d1"));
  await act(async () => {});
  expect(router.state.location.pathname).toBe("/elsewhere");
});

it("takes a parent, a session, a run, a limit, a seed and an order into the dataset", async () => {
  answer("DatasetPreview", preview(1));
  const inputs: unknown[] = [];
  answer("CreateDataset", ({ input }) => {
    inputs.push(input);
    return { createDataset: { dataset: null, errors: [{ code: "BAD_USER_INPUT", message: "must be shorter", path: ["input", "sessionId"] }] } };
  });
  renderPage(<Component />, { at: "/datasets/new?name=maths&parent=all-1&strategy=RANDOM_SAMPLE" });
  await userEvent.click(await screen.findByText("Parent, session and training run"));
  await userEvent.type(screen.getByRole("textbox", { name: "Session" }), "s");
  await userEvent.type(screen.getByRole("textbox", { name: "Training run" }), "r");
  await userEvent.type(screen.getByRole("textbox", { name: "Limit" }), "5");
  await userEvent.type(screen.getByRole("textbox", { name: "Seed" }), "7");
  await userEvent.click(screen.getByRole("radio", { name: "Ascending" }));
  await userEvent.click(screen.getByRole("button", { name: "Create dataset" }));
  expect(await screen.findByText("must be shorter")).toBeInTheDocument();
  expect(inputs[0]).toMatchObject({
    parentDatasetId: "all-1",
    sessionId: "s",
    trainingRunId: "r",
    strategy: "RANDOM_SAMPLE",
    seed: 7,
    limit: 5,
    orderBy: [{ field: "CREATED_AT", direction: "ASC" }],
  });
});

it("explains why a filter cannot be counted, and what to do if nothing matches", async () => {
  refuse("DatasetPreview", "BAD_USER_INPUT", "path has no such key");
  const { unmount } = renderPage(<Component />, { at: "/datasets/new?where=%7B%22source%22%3A%7B%22eq%22%3A%22a%22%7D%7D" });
  expect(await screen.findByRole("alert")).toHaveTextContent("path has no such key");
  unmount();

  answer("DatasetPreview", { traces: { __typename: "TraceConnection", edges: [], totalCount: 0 } });
  renderPage(<Component />, { at: "/datasets/new" });
  expect(await screen.findByText(/No trace matches/)).toBeInTheDocument();
});
