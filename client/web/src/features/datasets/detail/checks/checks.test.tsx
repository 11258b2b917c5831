import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { answer, answerLater, refuse } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection } from "../../../../testing/traces.ts";
import { Checks } from "./Checks.tsx";

const CLEAN = {
  intact: true,
  reproducible: true,
  sha256: "a",
  derivedSha256: "a",
  derivationError: null,
  newerCount: 0,
  counts: [],
  changes: [],
};

beforeEach(() => answer("ProtectedSets", { protectedSets: connection("ProtectedSet", []) }));

it("protects the prompts of the dataset under a name, explains why a name is refused, and lists the sets", async () => {
  const set = { __typename: "ProtectedSet", id: "S", name: "benchmark", promptCount: 1, createdAt: "2026-01-01T00:00:00Z" };
  const sent: unknown[] = [];
  answer("Protect", ({ input }) => {
    sent.push(input);
    const error = { __typename: "UserError", code: "CONFLICT", message: "There is a protected set of this name.", path: ["input", "name"] };
    const protectedSet = sent.length === 1 ? null : { __typename: "ProtectedSet", id: "S" };
    return { createProtectedSet: { __typename: "CreateProtectedSetPayload", protectedSet, errors: sent.length === 1 ? [error] : [] } };
  });
  renderPage(<Checks id="d1" datasetKey="maths-1" onGone={() => {}} />);
  const field = screen.getByRole("textbox", { name: "Name of the set" });
  await userEvent.click(screen.getByRole("button", { name: "Protect the prompts" }));
  expect(await screen.findByText("There is a protected set of this name.")).toBeVisible();
  await userEvent.clear(field);
  expect(screen.getByRole("button", { name: "Protect the prompts" })).toBeDisabled();
  await userEvent.type(field, "benchmark");
  answer("ProtectedSets", { protectedSets: connection("ProtectedSet", [set]) });
  await userEvent.click(screen.getByRole("button", { name: "Protect the prompts" }));

  expect(await screen.findByRole("list", { name: "Protected sets" })).toHaveTextContent("benchmark1 prompt");
  expect(sent).toEqual(["maths-1", "benchmark"].map((name) => ({ name, datasetId: "d1" })));
});

it("deletes a protected set after a question, and shows why that is refused in it", async () => {
  const sets = ["benchmark", "other"].map((name) => ({ __typename: "ProtectedSet", id: name, name, promptCount: 2, createdAt: "2026-01-01T00:00:00Z" }));
  const sent: unknown[] = [];
  answer("ProtectedSets", { protectedSets: connection("ProtectedSet", sets) });
  refuse("DeleteProtectedSet", "FORBIDDEN", "The key may not write.", "r1");
  renderPage(<Checks id="d1" datasetKey="maths-1" onGone={() => {}} />);
  await userEvent.click(await screen.findByRole("button", { name: "Delete the protected set benchmark" }));
  const question = await screen.findByRole("dialog", { name: "Delete the protected set benchmark?" });
  expect(question).toHaveTextContent("Training data is not compared with its 2 prompts any more.");
  const action = within(question).getByRole("button", { name: "Delete the protected set" });
  await userEvent.click(action);
  expect(await within(question).findByRole("alert")).toHaveTextContent("The protected set was not deletedThe key may not write.FORBIDDENrequest r1");

  answer("DeleteProtectedSet", ({ id }) => {
    sent.push(id);
    return { deleteProtectedSet: { __typename: "DeleteProtectedSetPayload", deletedUuid: "u", errors: [] } };
  });
  answer("ProtectedSets", { protectedSets: connection("ProtectedSet", sets.slice(1)) });
  await userEvent.click(action);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Delete the protected set benchmark" })).toBeNull());
  expect(screen.getByRole("list", { name: "Protected sets" })).toHaveTextContent("other2 prompts");
  expect(sent).toEqual(["benchmark"]);
});

it("verifies on demand, and lists what differs", async () => {
  const changes = [
    { kind: "DELETED", traceUuid: "01a2256a-0000-7000-8000-aaaaaaaaaaaa", position: 3, reason: "It was deleted." },
    { kind: "NEWLY_SELECTED", traceUuid: "01a2256a-0000-7000-8000-bbbbbbbbbbbb", position: null, reason: "It matches now." },
  ];
  const counts = [
    { kind: "DELETED", count: 1 },
    { kind: "NEWLY_SELECTED", count: 1500 },
  ];
  const found = { ...CLEAN, intact: false, reproducible: false, newerCount: 12, counts, changes };
  answer("VerifyDataset", { verifyDataset: { verification: found, errors: [] } });
  renderPage(<Checks id="d1" datasetKey="maths-1" onGone={() => {}} />);

  await userEvent.click(screen.getByRole("button", { name: "Verify" }));
  expect(await screen.findByText(/^Not intact/)).toBeInTheDocument();
  expect(screen.getByText(/^Not reproducible/)).toBeInTheDocument();
  expect(screen.getByText("1 deleted · 1,500 newly selected; the first 2 are listed")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "bbbbbbbbbbbb" })).toHaveAttribute("href", "/traces/01a2256a-0000-7000-8000-bbbbbbbbbbbb");
  expect(screen.queryByRole("link", { name: "aaaaaaaaaaaa" })).toBeNull();

  answer("VerifyDataset", { verifyDataset: { verification: CLEAN, errors: [] } });
  await userEvent.click(screen.getByRole("button", { name: "Verify again" }));
  expect(await screen.findByText(/^Intact/)).toBeInTheDocument();
});

it("reports to the page when the dataset was deleted", async () => {
  const error = { code: "NOT_FOUND", message: "There is no such dataset", path: ["input", "id"] };
  answer("VerifyDataset", { verifyDataset: { verification: null, errors: [error] } });
  const onGone = vi.fn<() => void>();
  renderPage(<Checks id="d1" datasetKey="maths-1" onGone={onGone} />);
  await userEvent.click(screen.getByRole("button", { name: "Verify" }));
  await waitFor(() => expect(onGone).toHaveBeenCalled());
});

it("counts shared prompts with the dataset that the address names, or that is chosen", async () => {
  const none = { sharedPrompts: 0, promptsInA: 10, promptsInB: 5, sharedTracesInA: 0, sharedTracesInB: 0 };
  answer("DatasetOverlap", { datasetOverlap: none, other: { __typename: "Dataset", id: "t", key: "test-1" } });
  const choices = ["maths-1", "other-1"].map((key) => ({ node: { __typename: "Dataset", id: key, key, traceCount: 5 } }));
  answer("DatasetChoices", { datasets: { edges: choices } });
  const { router } = renderPage(<Checks id="d1" datasetKey="maths-1" onGone={() => {}} />, { at: "/?with=test-1" });
  expect(await screen.findByText("No prompt is in both.")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("combobox", { name: "Other dataset" }));
  const choice = await screen.findByRole("option", { name: /other-1/ });
  expect(within(choice.closest("[role=listbox]") as HTMLElement).queryByRole("option", { name: /maths-1/ })).toBeNull();
  const send = answerLater("DatasetOverlap", {
    datasetOverlap: { ...none, sharedPrompts: 1, sharedTracesInA: 2, sharedTracesInB: 1 },
    other: { __typename: "Dataset", id: "o", key: "other-1" },
  });
  await userEvent.click(choice);
  const before = screen.getByRole("list", { name: "Shared prompts by dataset" });
  expect(before).toHaveTextContent("test-1");
  expect(before.closest("[aria-busy]")).toHaveAttribute("aria-busy", "true");
  send();
  expect(await screen.findByText("1 prompt is in both.")).toBeInTheDocument();
  expect(screen.getByRole("list", { name: "Shared prompts by dataset" })).toHaveTextContent("other-1");
  expect(screen.getByText("10 % of 10 prompts · 2 traces")).toBeInTheDocument();
  expect(router.state.location.search).toBe("?with=other-1");
});
