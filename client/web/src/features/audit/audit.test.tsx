import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { buildSchema, isInputObjectType } from "graphql";
import { beforeEach, expect, it } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection } from "../../testing/traces.ts";
import { Component as AuditPage } from "./AuditPage.tsx";
import { objectPath, objectText } from "./objects.ts";
import { AUDIT_SHAPE } from "./shape.ts";

const UUID = "01890a5d-ac96-774b-bcce-b302099a8057";
const EVENT = {
  __typename: "AuditEvent",
  id: "A",
  uuid: "a",
  at: "2026-11-01T12:00:00Z",
  keyName: "boss",
  address: "192.0.2.1",
  action: "createDataset",
  outcome: "DONE",
  objectType: "Dataset",
  objectUuid: UUID,
  objectName: "sums-1",
  objectCount: 1,
  requestId: "r1",
};

function signedIn(keyName: string | null): void {
  answer("Viewer", { viewer: { __typename: "Viewer", keyName, userName: null, scopes: ["ADMIN"], expiresAt: null, signOutUrl: null } });
}

/** Returns the event with some fields changed. */
function eventWith(changes: object): Parameters<typeof objectPath>[0] {
  return { ...EVENT, ...changes };
}

beforeEach(() => signedIn("boss"));

it("shows who did what to which object, when and from where, and opens the object", async () => {
  const refused = { ...EVENT, id: "B", uuid: "b", action: "deleteTraces", outcome: "REFUSED", objectType: null, objectUuid: null, objectName: null, objectCount: null, keyName: "user:ada" };
  const download = { ...refused, id: "C", uuid: "c", action: "GET /v1/exports", outcome: "DONE", keyName: null };
  const command = { ...refused, id: "D", uuid: "d", action: "createKey", outcome: "DONE", keyName: null, address: null, requestId: null };
  const gone = { ...EVENT, id: "E", uuid: "e", objectName: null };
  answer("AuditEvents", { page: connection("AuditEvent", [EVENT, refused, download, command, gone]) });
  const { router } = renderPage(<AuditPage />, { at: "/audit" });

  expect(await screen.findByRole("link", { name: "createDataset" })).toHaveAttribute("href", `/datasets/${UUID}`);
  const rows = screen.getAllByRole("row").slice(1);
  expect(rows[0]).toHaveTextContent("createDatasetDonebossDataset sums-1");
  expect(rows[0]).toHaveTextContent("192.0.2.1r1");
  expect(rows[1]).toHaveTextContent("deleteTracesRefuseduser:ada");
  expect(rows[2]).toHaveTextContent("GET /v1/exportsDonesigned URL");
  expect(rows[3]).toHaveTextContent("createKeyDonecommand line");
  expect(rows[4]).toHaveTextContent(`createDatasetDonebossDataset ${UUID}`);
  expect(within(rows[4] as HTMLElement).queryByRole("link")).toBeNull();
  expect(within(rows[1] as HTMLElement).queryByRole("link")).toBeNull();
  await userEvent.keyboard("j{Enter}");
  expect(router.state.location.pathname).toBe(`/datasets/${UUID}`);
});

it("filters and orders by its address, and suggests the values of the loaded events", async () => {
  const asked: unknown[] = [];
  answer("AuditEvents", ({ where, orderBy }) => {
    asked.push({ where, orderBy });
    return { page: connection("AuditEvent", [EVENT]) };
  });
  const { router } = renderPage(<AuditPage />, { at: '/audit?where={"keyName":{"eq":"boss"}}&order=ACTION:asc' });
  await screen.findByText("createDataset");
  expect(asked).toEqual([{ where: { keyName: { eq: "boss" } }, orderBy: [{ field: "ACTION", direction: "ASC" }] }]);

  await userEvent.keyboard("f");
  await userEvent.click(await screen.findByRole("menuitem", { name: "Action" }));
  expect([...document.querySelectorAll("datalist option")].map((option) => option.getAttribute("value"))).toContain("createDataset");
  await userEvent.type(await screen.findByRole("combobox", { name: "Value" }), "createDataset{Enter}");
  expect(await screen.findByText("createDataset")).toBeVisible();
  expect(new URLSearchParams(router.state.location.search).get("where")).toBe('{"keyName":{"eq":"boss"},"action":{"eq":"createDataset"}}');
});

it("explains an empty log, by whether the server has keys", async () => {
  answer("AuditEvents", { page: connection("AuditEvent", []) });
  const first = renderPage(<AuditPage />, { at: "/audit" });
  expect(await screen.findByText("Nothing is recorded yet")).toBeVisible();
  first.unmount();

  signedIn(null);
  const second = renderPage(<AuditPage />, { at: "/audit" });
  expect(await screen.findByText("Nothing is recorded without keys")).toBeVisible();
  expect(screen.getByRole("link", { name: "Create the first key" })).toHaveAttribute("href", "/keys/new");
  second.unmount();

  renderPage(<AuditPage />, { at: '/audit?where={"action":{"eq":"x"}}' });
  expect(await screen.findByText("No event matches")).toBeVisible();
});

it("reports that the log is for administrators", async () => {
  refuse("AuditEvents", "FORBIDDEN", "The key lacks the scope admin.");
  renderPage(<AuditPage />, { at: "/audit" });
  expect(await screen.findByText("The audit log could not be loaded")).toBeVisible();
  expect(screen.getByText("The key lacks the scope admin.")).toBeVisible();
});

it("links to objects that have a page and still exist", () => {
  expect(objectPath(eventWith({ objectType: "ApiKey" }))).toBe(`/keys/${UUID}`);
  expect(objectPath(eventWith({ objectType: "Score" }))).toBeUndefined();
  expect(objectPath(eventWith({ objectName: null }))).toBeUndefined();
  expect(objectPath(eventWith({ objectType: null, objectUuid: null, objectName: null }))).toBeUndefined();
  expect(objectText(eventWith({}))).toBe("sums-1");
  expect(objectText(eventWith({ objectName: null }))).toBe(UUID);
  expect(objectText(eventWith({ objectType: "Trace", objectUuid: null, objectName: null, objectCount: 1200 }))).toBe("1,200");
  expect(objectText(eventWith({ objectType: null, objectUuid: null, objectName: null, objectCount: null }))).toBe("");
});

it("filters by every field of the schema", () => {
  const type = buildSchema(readFileSync("../../schema.graphql", "utf8")).getType(AUDIT_SHAPE.type);
  const fields = isInputObjectType(type) ? Object.keys(type.getFields()) : [];
  expect(Object.keys(AUDIT_SHAPE.fields).toSorted()).toEqual(fields.filter((name) => !["and", "or", "not"].includes(name)).toSorted());
});
