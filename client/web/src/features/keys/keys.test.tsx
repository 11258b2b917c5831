import { renderHook, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { needSignIn, useSignInNeed } from "../../shared/signInNeed.ts";
import { answer, refuse, use } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { connection } from "../../testing/traces.ts";
import { Component as NewKeyPage } from "./create/NewKeyPage.tsx";
import { expiryOf } from "./expiry.ts";
import { keyState } from "./keyState.ts";
import { Component as KeysPage } from "./list/KeysPage.tsx";
import { Component as KeyPage } from "./page/KeyPage.tsx";
import { isIncluded } from "./scopes.ts";

const KEY = {
  __typename: "ApiKey",
  id: "K",
  uuid: "k",
  name: "cluster",
  prefix: "trt_abcdefgh",
  scopes: ["WRITE", "RUN"],
  createdAt: "2026-11-01T12:00:00Z",
  rotatedAt: null,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};
const SECRET = "trt_abcdefgh_0123456789";
const ERROR = { __typename: "UserError", code: "CONFLICT", message: "Another key has this name.", path: ["input", "name"] };

/** Answers who this browser is. */
function signedIn(keyName: string | null): void {
  answer("Viewer", { viewer: { __typename: "Viewer", keyName, userName: null, scopes: ["READ", "WRITE", "RUN", "ADMIN"], expiresAt: null, signOutUrl: null } });
}

/** Notes the secrets by which the browser signs in. */
function sessions(status = 200): string[] {
  const sent: string[] = [];
  use(
    http.post("*/v1/session", async ({ request }) => {
      sent.push(((await request.json()) as { key: string }).key);
      return HttpResponse.json(status === 200 ? { keyName: "cluster" } : { errors: [{ message: "No." }] }, { status });
    }),
  );
  return sent;
}

beforeEach(() => {
  localStorage.clear();
  needSignIn(false);
  signedIn("boss");
});

it("lists keys with their state, and searches by name and prefix", async () => {
  const asked: unknown[] = [];
  const revoked = { ...KEY, id: "L", uuid: "l", name: "old", scopes: ["ADMIN"], revokedAt: "2026-11-02T12:00:00Z" };
  answer("ApiKeys", (variables) => {
    asked.push(variables["where"]);
    return { page: connection("ApiKey", [KEY, revoked]) };
  });
  renderPage(<KeysPage />, { at: "/keys?q=trt_" });

  expect(await screen.findByRole("link", { name: "cluster" })).toHaveAttribute("href", "/keys/k");
  expect(screen.getAllByRole("row")[1]).toHaveTextContent("clusterActivewrite, runtrt_abcdefghnevernevernever");
  expect(screen.getAllByRole("row")[2]).toHaveTextContent("oldRevokedadmin");
  expect(asked).toEqual([{ or: [{ name: { contains: "trt_" } }, { prefix: { startsWith: "trt_" } }] }]);
});

it("explains what a server without keys means, and leads to the first one", async () => {
  answer("ApiKeys", { page: connection("ApiKey", []) });
  renderPage(<KeysPage />, { at: "/keys" });

  expect(await screen.findByText("This server asks for no key")).toBeVisible();
  expect(screen.getAllByRole("link", { name: "New key" })[0]).toHaveAttribute("href", "/keys/new");
});

it("reports that the list is for administrators", async () => {
  refuse("ApiKeys", "FORBIDDEN", "The key lacks the scope admin.");
  renderPage(<KeysPage />, { at: "/keys" });

  expect(await screen.findByText("The key lacks the scope admin.")).toBeVisible();
  expect(screen.getByText("FORBIDDEN")).toBeVisible();
  expect(screen.queryByRole("link", { name: "New key" })).toBeNull();
  expect(screen.queryByText(/\d loaded$/)).toBeNull();
});

it("creates a key with the scopes that are not included in others, and shows its secret once", async () => {
  const sent: unknown[] = [];
  const signIns = sessions();
  answer("KeyCount", { keys: { __typename: "ApiKeyConnection", totalCount: 1 } });
  answer("CreateKey", ({ input }) => {
    sent.push(input);
    const isFirst = sent.length === 1;
    return { createKey: { __typename: "CreateKeyPayload", key: isFirst ? null : KEY, secret: isFirst ? null : SECRET, errors: isFirst ? [ERROR] : [] } };
  });
  renderPage(<NewKeyPage />, { at: "/keys/new" });

  const name = await screen.findByRole("textbox", { name: "Name" });
  await userEvent.type(name, "boss");
  expect(screen.getByRole("checkbox", { name: "Read" })).toBeChecked();
  await userEvent.click(screen.getByRole("checkbox", { name: "Run" }));
  expect(screen.getByRole("checkbox", { name: "Read" })).toBeDisabled();
  await userEvent.click(screen.getByRole("button", { name: "Create the key" }));
  expect(await screen.findByText("Another key has this name.")).toBeVisible();
  await userEvent.clear(name);
  await userEvent.type(name, " cluster ");
  await userEvent.click(screen.getByRole("button", { name: "Create the key" }));

  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(screen.getByRole("heading", { name: "The key cluster" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Show the key" })).toHaveAttribute("href", "/keys/k");
  expect(sent[1]).toEqual({ name: "cluster", scopes: ["RUN"], idempotencyKey: expect.any(String) });
  expect(signIns).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Create another key" }));
  expect(screen.queryByText(SECRET)).toBeNull();
  expect(screen.getByRole("textbox", { name: "Name" })).toHaveValue("");
});

it("makes the first key one of an administrator, and signs this browser in with it", async () => {
  signedIn(null);
  const sent: unknown[] = [];
  const signIns = sessions();
  answer("KeyCount", { keys: { __typename: "ApiKeyConnection", totalCount: 0 } });
  answer("CreateKey", ({ input }) => {
    sent.push(input);
    return { createKey: { __typename: "CreateKeyPayload", key: KEY, secret: SECRET, errors: [] } };
  });
  renderPage(<NewKeyPage />, { at: "/keys/new" });

  expect(await screen.findByText("This is the first key")).toBeVisible();
  for (const box of screen.getAllByRole("checkbox")) {
    expect(box).toBeChecked();
    expect(box).toBeDisabled();
  }
  await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "cluster");
  await userEvent.click(screen.getByRole("button", { name: "Create the key" }));

  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(screen.getByText(/This browser is signed in with this one/)).toBeVisible();
  expect(sent).toMatchObject([{ scopes: ["ADMIN"] }]);
  expect(signIns).toEqual([SECRET]);
});

it("keeps the secret on the screen where this browser could not be signed in", async () => {
  signedIn(null);
  sessions(403);
  answer("KeyCount", { keys: { __typename: "ApiKeyConnection", totalCount: 0 } });
  answer("CreateKey", { createKey: { __typename: "CreateKeyPayload", key: KEY, secret: SECRET, errors: [] } });
  renderPage(<NewKeyPage />, { at: "/keys/new" });
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "cluster{Enter}");

  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(screen.getByText(/not signed in with it \(No\.\)/)).toBeVisible();
  expect(screen.queryByText(/This browser is signed in/)).toBeNull();
});

it("explains that the secret of a repeated request is not shown again", async () => {
  answer("KeyCount", { keys: { __typename: "ApiKeyConnection", totalCount: 1 } });
  answer("CreateKey", { createKey: { __typename: "CreateKeyPayload", key: KEY, secret: null, errors: [] } });
  renderPage(<NewKeyPage />, { at: "/keys/new" });
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "cluster{Enter}");

  expect(await screen.findByText(/Rotate the key for another one/)).toBeVisible();
});

it("rotates a key with another expiry, and leaves this browser signed in with its own", async () => {
  const sent: { expiresAt?: string }[] = [];
  const signIns = sessions();
  answer("ApiKey", { key: KEY });
  answer("RotateKey", ({ input }) => {
    sent.push(input as { expiresAt?: string });
    return { rotateKey: { __typename: "RotateKeyPayload", key: { ...KEY, rotatedAt: "2026-11-03T12:00:00Z" }, secret: SECRET, errors: [] } };
  });
  const first = renderPage(<KeyPage />, { at: "/keys/k", path: "/keys/:id" });
  await userEvent.click(await screen.findByRole("button", { name: "Rotate" }));
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Expires" }), "In 30 days");
  await userEvent.click(screen.getByRole("button", { name: "Rotate the key" }));

  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(Date.parse(sent[0]?.expiresAt ?? "")).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  expect(await screen.findByText("Rotated")).toBeVisible();
  expect(signIns).toEqual([]);
  first.unmount();

  signedIn("cluster");
  renderPage(<KeyPage />, { at: "/keys/k", path: "/keys/:id" });
  await userEvent.click(await screen.findByRole("button", { name: "Rotate" }));
  await userEvent.click(await screen.findByRole("button", { name: "Rotate the key" }));
  await waitFor(() => expect(signIns).toEqual([SECRET]));
  expect(sent[1]).toEqual({ id: "K" });
});

it("revokes a key after a question, and warns if it is the one of this browser", async () => {
  signedIn("cluster");
  answer("ApiKey", { key: KEY });
  answer("RevokeKey", { revokeKey: { __typename: "RevokeKeyPayload", key: { ...KEY, revokedAt: "2026-11-03T12:00:00Z" }, errors: [] } });
  renderPage(<KeyPage />, { at: "/keys/k", path: "/keys/:id" });
  expect(await screen.findByRole("link", { name: "What was done with it" })).toHaveAttribute(
    "href",
    "/audit?where=%7B%22keyName%22%3A%7B%22eq%22%3A%22cluster%22%7D%7D",
  );

  await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
  const question = await screen.findByRole("dialog", { name: "Revoke the key cluster?" });
  expect(within(question).getByText("You are signed in with this key.")).toBeVisible();
  await userEvent.click(within(question).getByRole("button", { name: "Revoke the key" }));

  expect(await screen.findAllByText("Revoked")).not.toHaveLength(0);
  expect(screen.queryByRole("button", { name: "Rotate" })).toBeNull();
  const { result: signInNeed } = renderHook(() => useSignInNeed());
  expect(signInNeed.current).toBe("key");
});

it("shows that a key has expired, and offers another secret", async () => {
  answer("ApiKey", { key: { ...KEY, expiresAt: "2026-11-02T12:00:00Z" } });
  renderPage(<KeyPage />, { at: "/keys/k", path: "/keys/:id" });

  expect(await screen.findByText("Expired", { selector: "dt" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Rotate" })).toBeVisible();
});

it("reports that a key does not exist", async () => {
  answer("ApiKey", { key: null });
  renderPage(<KeyPage />, { at: "/keys/x", path: "/keys/:id" });
  expect(await screen.findByText("This key does not exist")).toBeVisible();
});

it("knows when a key can be used, what a scope includes, and when a lifetime ends", () => {
  const now = new Date("2026-11-29T12:00:00Z");
  const word = (expiresAt: string | null, revokedAt: string | null): string => keyState({ expiresAt, revokedAt }, now).word;
  expect([word(null, null), word("2026-11-29T12:00:00Z", null), word("2026-11-29T12:00:01Z", null), word(null, "2026-01-01T00:00:00Z")]).toEqual([
    "Active",
    "Expired",
    "Active",
    "Revoked",
  ]);
  expect([isIncluded("READ", ["WRITE"]), isIncluded("WRITE", ["RUN"]), isIncluded("RUN", ["ADMIN"]), isIncluded("READ", ["READ"])]).toEqual([true, false, true, false]);
  expect(expiryOf({ choice: "7", local: "" }, now)).toBe("2026-12-06T12:00:00.000Z");
  expect(expiryOf({ choice: "", local: "" }, now)).toBeNull();
  expect(expiryOf({ choice: "date", local: "" }, now)).toBeUndefined();
  expect(expiryOf({ choice: "date", local: "2026-12-24T18:00" }, now)).toBe(new Date("2026-12-24T18:00").toISOString());
});
