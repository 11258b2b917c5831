import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { answer, answerInTurn } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { aLine, aLog, aRun } from "./fixture.ts";
import { Component as RunPage } from "./RunPage.tsx";

vi.mock("uplot", () => ({
  default: class {
    cursor = {};
    setData(): void {}
    destroy(): void {}
  },
}));

const open = (query = "") => renderPage(<RunPage />, { at: `/runs/first${query}`, path: "/runs/:id" });

it("searches the whole log on the server, one stream or both", async () => {
  const asked: unknown[] = [];
  answer("Run", { run: aRun() });
  answer("RunLogs", ({ where }) => {
    asked.push(where);
    return aLog([aLine(7, "a loss", "STDERR")], 1);
  });
  const { router } = open("?tab=logs");
  expect(await screen.findByText("1 line")).toBeVisible();
  await userEvent.click(screen.getByRole("radio", { name: "stderr" }));
  await userEvent.keyboard("/");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search the log" }), "LOSS");
  expect(await screen.findByText("1 line that match")).toBeVisible();
  await waitFor(() => expect(router.state.location.search).toBe("?tab=logs&stream=STDERR&log=LOSS"));
  expect(await screen.findByText("loss", { selector: "mark" })).toBeVisible();
  expect(asked.at(0)).toEqual({});
  expect(asked.at(-1)).toEqual({ search: "LOSS", stream: { eq: "STDERR" } });
});

it("loads older lines when the beginning of those that are there is in sight", async () => {
  answer("Run", { run: aRun() });
  answer("RunLogs", ({ where }) => {
    const isFirst = JSON.stringify(where) === "{}";
    return isFirst ? aLog([aLine(8), aLine(9)], 3, true) : aLog([aLine(7)], 1);
  });
  open("?tab=logs");
  expect(await screen.findByText("line 9")).toBeVisible();
  expect(screen.queryByText("line 7")).toBeNull();
  await userEvent.keyboard("f");
  expect(await screen.findByText("line 7")).toBeVisible();
  expect(screen.getByText("3 lines")).toBeVisible();
});

it("fetches a fresh address of a file when it is downloaded", async () => {
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  answer("Run", { run: aRun() });
  answer("ArtifactUrl", { node: { __typename: "RunArtifact", id: "a", downloadUrl: "/files/fresh" } });
  open("?tab=files");
  const file = await screen.findByRole("button", { name: "model/weights.safetensors" });
  const names = screen.getAllByRole("row").map(({ firstChild }) => firstChild?.textContent);
  expect(names).toEqual(["Name", "checkpoints/2", "checkpoints/10", "model/weights.safetensors"]);
  await userEvent.click(file);
  await waitFor(() => expect(click).toHaveBeenCalledTimes(1));

  answer("ModelArchive", { run: { __typename: "Run", id: "UnVuOjE", modelArchiveUrl: "/files/fresh-model" } });
  await userEvent.click(screen.getByRole("button", { name: "Download the model (ZIP)" }));
  await waitFor(() => expect(click).toHaveBeenCalledTimes(2));

  answer("ArtifactUrl", { node: null });
  await userEvent.click(file);
  expect(await screen.findByText(/is no longer stored/)).toBeVisible();
});

it("leads to the forms that let the model of a completed run answer", async () => {
  answer("Run", { run: aRun() });
  open();
  expect(await screen.findByRole("link", { name: "Generate answers" })).toHaveAttribute("href", "/generations/new?model=run%3Afirst");
  expect(screen.getByRole("link", { name: "Evaluate" })).toHaveAttribute("href", "/evaluations/new?candidate=answering%3Arun%3Afirst");
});

it("deletes a run and goes to the list", async () => {
  answer("Run", { run: aRun() });
  answer("DeleteRun", { deleteRun: { __typename: "DeleteRunPayload", deletedUuid: "x", errors: [] } });
  const { router } = open();
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the run" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/runs"));
  expect(await screen.findByText("first is deleted.")).toBeVisible();
});

it("stores tags and notes, and shows beside the field why they are refused", async () => {
  const error = { __typename: "UserError", code: "BAD_USER_INPUT", message: "tags[1] must have 1 to 64 characters.", path: ["input", "tags", "1"] };
  const inputs: unknown[] = [];
  answer("Run", { run: aRun() });
  answer("UpdateRun", ({ input }) => {
    inputs.push(input);
    const isRefused = inputs.length === 1;
    const run = isRefused ? null : { __typename: "Run", id: "UnVuOjE", tags: ["baseline"], notes: "New." };
    return { updateRun: { __typename: "UpdateRunPayload", run, errors: isRefused ? [error] : [] } };
  });
  open();
  await userEvent.type(await screen.findByRole("combobox", { name: "Tags" }), "long{Enter}");
  expect(await screen.findByText(error.message)).toBeVisible();
  expect(screen.queryByText("long")).toBeNull();

  await userEvent.click(screen.getByRole("button", { name: "Edit" }));
  const field = screen.getByRole("textbox", { name: "Notes in Markdown" });
  expect(field).toHaveFocus();
  await userEvent.clear(field);
  await userEvent.type(field, "New.");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("New.")).toBeVisible();
  expect(inputs).toEqual([
    { id: "UnVuOjE", tags: ["baseline", "long"] },
    { id: "UnVuOjE", notes: "New." },
  ]);
});

it("stores each of two tags that are added one right after the other", async () => {
  answer("Run", { run: aRun() });
  const storing = answerInTurn("UpdateRun");
  open();
  const field = await screen.findByRole("combobox", { name: "Tags" });
  await userEvent.type(field, "a{Enter}b{Enter}");
  await waitFor(() => expect(storing.asked).toHaveLength(1));
  storing.reply(0, updateAnswer({ tags: ["baseline", "a"] }));
  await waitFor(() => expect(storing.asked).toHaveLength(2));
  storing.reply(1, updateAnswer({ tags: ["baseline", "a", "b"] }));

  await waitFor(() => expect(storing.asked.map(({ input }) => input)).toEqual([
    { id: "UnVuOjE", tags: ["baseline", "a"] },
    { id: "UnVuOjE", tags: ["baseline", "a", "b"] },
  ]));
  expect(screen.getByText("b")).toBeVisible();
});

it("keeps what is written into the notes while they are being stored", async () => {
  answer("Run", { run: aRun() });
  const storing = answerInTurn("UpdateRun");
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
  const field = screen.getByRole("textbox", { name: "Notes in Markdown" });
  await userEvent.clear(field);
  await userEvent.type(field, "New.");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(storing.asked).toHaveLength(1));
  await userEvent.type(field, " And more.");
  storing.reply(0, updateAnswer({ notes: "New." }));
  await waitFor(() => expect(screen.getByRole("button", { name: "Save" })).toBeEnabled());
  expect(field).toHaveValue("New. And more.");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(storing.asked).toHaveLength(2));
  storing.reply(1, updateAnswer({ notes: "New. And more." }));
  await waitFor(() => expect(screen.queryByRole("textbox", { name: "Notes in Markdown" })).toBeNull());
  await waitFor(() => expect(screen.getByText("New. And more.")).toBeVisible());
});

function updateAnswer(fields: object): object {
  const run = { __typename: "Run", id: "UnVuOjE", tags: ["baseline"], notes: "", ...fields };
  return { updateRun: { __typename: "UpdateRunPayload", run, errors: [] } };
}
