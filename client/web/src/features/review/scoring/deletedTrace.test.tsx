import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { answer, answerInTurn, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { storedTrace } from "../../../testing/traces.ts";
import { Component as ReviewPage } from "../ReviewPage.tsx";

beforeEach(() => {
  localStorage.clear();
  const edges = ["t1", "t2"].map((id) => ({ __typename: "TraceEdge", node: { __typename: "Trace", id } }));
  const pageInfo = { __typename: "PageInfo", hasNextPage: false, endCursor: null };
  answer("ReviewQueue", { page: { __typename: "TraceConnection", edges, pageInfo, totalCount: 2 } });
  answer("ReviewTotal", { total: { __typename: "TraceConnection", totalCount: 2 } });
  answer("ReviewRubrics", { rubrics: { __typename: "RubricConnection", edges: [] } });
});

it("skips a trace that was deleted by a button, and does not call the next one deleted", async () => {
  const traces = answerInTurn("ReviewTrace");
  renderPage(<ReviewPage />, { at: "/review" });
  await waitFor(() => expect(traces.asked).toHaveLength(2));
  const placeOf = (id: string): number => traces.asked.findIndex((variables) => variables["id"] === id);
  traces.reply(placeOf("t1"), { trace: null });
  expect(await screen.findByText("This trace was deleted")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: /^Skip/ }));
  expect(screen.queryByText("This trace was deleted")).toBeNull();
  traces.reply(placeOf("t2"), { trace: storedTrace({ id: "t2", uuid: "t2", prompt: "Prompt t2" }) });
  expect(await screen.findByText("Prompt t2")).toBeVisible();
});

it("skips a trace that cannot be loaded by a button", async () => {
  refuse("ReviewTrace", "TIMEOUT", "It took too long.");
  renderPage(<ReviewPage />, { at: "/review" });
  expect(await screen.findByText("The trace could not be loaded")).toBeVisible();
  answer("ReviewTrace", ({ id }) => ({ trace: storedTrace({ id, uuid: id, prompt: `Prompt ${String(id)}` }) }));
  await userEvent.click(screen.getByRole("button", { name: /^Skip/ }));
  expect(await screen.findByText("Prompt t2")).toBeVisible();
});
