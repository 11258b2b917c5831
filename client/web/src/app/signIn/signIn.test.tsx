import { Modal } from "@mantine/core";
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import type { ReactElement } from "react";
import { createMemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useQuery } from "@apollo/client/react";
import { fetchSignedIn, needSignIn, useSignInNeed } from "../../shared/signInNeed.ts";
import { TUNIX_STATUS } from "../../shared/health/documents.ts";
import { socketClient } from "../../shared/live/socket.ts";
import { signInAgain } from "../../shared/session/signInAgain.ts";
import { use } from "../../testing/network.ts";
import { App } from "../App.tsx";
import { createApolloClient } from "../apollo/client.ts";
import { Layout } from "../Layout.tsx";

const KEY = "trt_abcdefgh_0";
const OTHER_KEY = "trt_ijklmnop_0";
const NAMES: Record<string, string> = { [KEY]: "ada", [OTHER_KEY]: "bob" };
const REFUSAL = "The API key is unknown, revoked or expired.";

let isSignedIn = false;
let asked: string[] = [];
let viewed: object = {};

function Training(): string | undefined {
  return useQuery(TUNIX_STATUS).data?.tunixStatus.message;
}

function refusalAnswer(): Response {
  return HttpResponse.json({ errors: [{ message: REFUSAL, extensions: { code: "UNAUTHENTICATED" } }] }, { status: 401 });
}

const sockets: FakeSocket[] = [];

/** A WebSocket whose server answers nothing until a test closes it. */
class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  onclose: ((event: CloseEvent) => void) | undefined;

  constructor() {
    sockets.push(this);
  }

  close(): void {}
}

/** Opens the page's socket, and returns how the server closes it. */
async function openSocket(): Promise<(code: number) => void> {
  const before = sockets.length;
  socketClient().subscribe({ query: "subscription { traceCreated { id } }" }, { next: () => {}, error: () => {}, complete: () => {} });
  await waitFor(() => expect(sockets.length).toBe(before + 1));
  const socket = sockets.at(-1);
  return (code) => socket?.onclose?.(new CloseEvent("close", { code }));
}

/** A form in a dialog, and the server's answers. */
function Form(): ReactElement {
  return (
    <>
      <Training />
      <Modal opened onClose={() => {}} title="New one">
        <input aria-label="Name" />
      </Modal>
    </>
  );
}

/** A server that knows two keys. */
function serve(): void {
  use(
    http.post("*/v1/session", async ({ request }) => {
      const keyName = NAMES[((await request.json()) as { key: string }).key];
      isSignedIn = keyName !== undefined;
      return isSignedIn ? HttpResponse.json({ keyName }) : refusalAnswer();
    }),
    http.delete("*/v1/session", () => {
      isSignedIn = false;
      return new HttpResponse(null, { status: 204 });
    }),
    http.post("*/graphql", async ({ request }) => {
      asked.push(((await request.json()) as { operationName: string }).operationName);
      const status = { __typename: "TunixStatus", available: true, version: "1", message: "can train", installCommand: "" };
      const viewer = { __typename: "Viewer", keyName: "ada", userName: null, scopes: ["READ"], expiresAt: "2030-01-01T00:00:00Z", signOutUrl: null, ...viewed };
      return isSignedIn ? HttpResponse.json({ data: { tunixStatus: status, viewer } }) : refusalAnswer();
    }),
  );
}

function open(page: ReactElement = <Training />): ReturnType<typeof createMemoryRouter> {
  const children = [{ path: "*", element: page }];
  const router = createMemoryRouter([{ element: <Layout />, children }], { initialEntries: ["/runs/7?tab=logs"] });
  render(<App client={createApolloClient("http://localhost/graphql")} router={router} />);
  return router;
}

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeSocket);
  asked = [];
  viewed = {};
  isSignedIn = false;
  localStorage.clear();
  needSignIn(false);
  serve();
});
afterEach(() => {
  needSignIn(false);
  vi.unstubAllGlobals();
});

it("asks for a key where the server refuses, explains why one is refused, and then shows what was asked for", async () => {
  const router = open();
  const field = await screen.findByLabelText("API key");
  expect(field).toHaveFocus();
  expect(field).toHaveAttribute("type", "password");
  expect(screen.getByText(/tunix-rt key create/)).toBeVisible();
  expect(screen.queryByRole("navigation", { name: "Pages" })).toBeNull();

  await userEvent.keyboard("{Enter}");
  expect(await screen.findByText("Enter an API key.")).toBeVisible();
  await userEvent.type(field, "wrong{Enter}");
  expect(await screen.findByText(REFUSAL)).toBeVisible();
  expect(field).toHaveAccessibleDescription(expect.stringContaining(REFUSAL));
  await userEvent.clear(field);
  await userEvent.type(field, ` ${KEY}{Enter}`);

  expect(await screen.findByText("can train")).toBeVisible();
  expect(router.state.location).toMatchObject({ pathname: "/runs/7", search: "?tab=logs" });
  expect(await screen.findByRole("button", { name: "Signed in as ada" })).toBeVisible();
  expect(JSON.stringify({ ...localStorage })).not.toContain(KEY);
});

it("does not ask again when a refusal from before the sign-in comes after it", async () => {
  let refuseLate: (() => void) | undefined;
  open();
  await screen.findByLabelText("API key");
  use(
    http.get("*/late", async () => {
      await new Promise<void>((resolve) => {
        refuseLate = resolve;
      });
      return refusalAnswer();
    }),
  );
  const late = fetchSignedIn("http://localhost/late");
  await userEvent.type(screen.getByLabelText("API key"), `${KEY}{Enter}`);
  await screen.findByText("can train");

  await act(async () => {
    refuseLate?.();
    await late;
  });
  expect((await late).status).toBe(401);
  expect(screen.queryByLabelText("API key")).toBeNull();
});

it("does not ask again when a socket from before the sign-in is closed for want of a key after it", async () => {
  open();
  const close = await openSocket();
  await userEvent.type(await screen.findByLabelText("API key"), `${KEY}{Enter}`);
  await screen.findByText("can train");

  act(() => close(4403));
  expect(screen.queryByLabelText("API key")).toBeNull();
  const refuse = await openSocket();
  act(() => refuse(4403));
  expect(await screen.findByLabelText("API key")).toBeVisible();
});

it("shows the pages again once this browser is signed in with the new secret of its key", async () => {
  isSignedIn = true;
  open();
  expect(await screen.findByText("can train")).toBeVisible();
  act(() => needSignIn("key"));
  expect(await screen.findByLabelText("API key")).toBeVisible();

  await act(async () => void (await signInAgain(createApolloClient("http://localhost/graphql"), KEY)));
  expect(screen.queryByLabelText("API key")).toBeNull();
  expect(screen.getByText("can train")).toBeVisible();
});

it("keeps what was typed into a form while the sign-in has expired, and loads the page again", async () => {
  open(<Form />);
  await userEvent.type(await screen.findByLabelText("API key"), `${KEY}{Enter}`);
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "half");
  asked = [];
  const close = await openSocket();
  act(() => close(4403));
  const field = await screen.findByLabelText("API key");
  expect(field).toHaveFocus();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.getByText("can train")).not.toBeVisible();

  await userEvent.type(field, `${KEY}{Enter}`);
  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("half");
  expect(await screen.findByText("can train")).toBeInTheDocument();
  expect(asked).toContain("TunixStatus");
});

it("shows nothing that was typed under another key", async () => {
  open(<Form />);
  await userEvent.type(await screen.findByLabelText("API key"), `${KEY}{Enter}`);
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "half");
  const close = await openSocket();
  act(() => close(4403));

  await userEvent.type(await screen.findByLabelText("API key"), `${OTHER_KEY}{Enter}`);
  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("");
});

it("reports that the server cannot be reached", async () => {
  open();
  const field = await screen.findByLabelText("API key");
  use(http.post("*/v1/session", () => HttpResponse.error()));
  await userEvent.type(field, `${KEY}{Enter}`);

  expect(await screen.findByText("The server cannot be reached.")).toBeVisible();
});

it("signs out, and stays signed in where that fails", async () => {
  const reload = vi.fn<() => void>();
  open();
  await userEvent.type(await screen.findByLabelText("API key"), `${KEY}{Enter}`);
  await userEvent.click(await screen.findByRole("button", { name: "Signed in as ada" }));
  vi.stubGlobal("location", { ...location, href: location.href, origin: location.origin, reload });
  const button = await screen.findByRole("button", { name: "Sign out" });
  use(http.delete("*/v1/session", () => new HttpResponse("no", { status: 502 }), { once: true }));
  await userEvent.click(button);
  expect(await screen.findByText("The server answered with status 502.")).toBeVisible();
  expect(reload).not.toHaveBeenCalled();

  await userEvent.click(button);
  await waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(isSignedIn).toBe(false);
  expect(localStorage).toHaveLength(0);
});

it("shows the scopes of a key, and no pages for administrators without theirs", async () => {
  isSignedIn = true;
  open();

  await userEvent.click(await screen.findByRole("button", { name: "Signed in as ada" }));
  const details = await screen.findByRole("dialog", { name: /Signed in as/ });
  expect(details).toHaveTextContent(/API keyadaScopesreadExpiresin \d+ yr/);
  expect(screen.getByRole("link", { name: "Integrations" })).toBeVisible();
  expect(screen.queryByRole("link", { name: "Audit log" })).toBeNull();
  await userEvent.keyboard("{Escape}ga");
  expect(await screen.findByText("can train")).toBeVisible();
});

it("names the user whom a proxy signed in, who cannot sign out here, and shows the pages for administrators", async () => {
  isSignedIn = true;
  viewed = { keyName: null, userName: "ada@example.org", scopes: ["READ", "WRITE", "RUN", "ADMIN"], expiresAt: null };
  const router = open();

  await userEvent.click(await screen.findByRole("button", { name: "Signed in as ada@example.org" }));
  expect(await screen.findByRole("dialog", { name: /Signed in as/ })).toHaveTextContent("Userada@example.orgScopesread, write, run, admin");
  expect(screen.queryByRole("button", { name: "Sign out" })).toBeNull();
  await userEvent.keyboard("{Escape}");
  await userEvent.click(screen.getByRole("link", { name: "Audit log" }));
  expect(router.state.location.pathname).toBe("/audit");
});

it("links a user to the proxy's sign-out", async () => {
  isSignedIn = true;
  viewed = { keyName: null, userName: "ada@example.org", expiresAt: null, signOutUrl: "/oauth2/sign_out?rd=%2F" };
  open();

  await userEvent.click(await screen.findByRole("button", { name: "Signed in as ada@example.org" }));
  expect(await screen.findByRole("link", { name: "Sign out" })).toHaveAttribute("href", "/oauth2/sign_out?rd=%2F");
  expect(screen.queryByRole("button", { name: "Sign out" })).toBeNull();
});

/** Answers of a proxy to somebody who is not signed in. */
const PROXIES: Record<string, () => Response> = {
  "401 as a page": () => HttpResponse.html("<h1>401</h1>", { status: 401 }),
  "401 as JSON": () => HttpResponse.json({}, { status: 401 }),
  "403 with its sign-in page": () => HttpResponse.html("<form></form>", { status: 403 }),
};

it.each(Object.keys(PROXIES))("leads to the sign-in of a proxy that answers %s, and keeps what was typed", async (kind) => {
  isSignedIn = true;
  viewed = { keyName: null, userName: "ada", expiresAt: null };
  const client = open(<Form />) && createApolloClient("http://localhost/graphql");
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "half");
  const ended = http.post("*/graphql", () => PROXIES[kind]?.());
  use(ended);
  await client.query({ query: TUNIX_STATUS, fetchPolicy: "network-only" }).catch(() => undefined);

  expect(await screen.findByRole("link", { name: "Sign in" })).toHaveAttribute("target", "_blank");
  expect(screen.queryByLabelText("API key")).toBeNull();
  expect(screen.queryByRole("dialog")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Continue" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Sign in first.");
  serve();
  await userEvent.click(screen.getByRole("button", { name: "Continue" }));

  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("half");
  expect(screen.queryByRole("link", { name: "Sign in" })).toBeNull();
});

it("shows another user of a proxy nothing that was typed", async () => {
  isSignedIn = true;
  viewed = { keyName: null, userName: "ada", expiresAt: null };
  open(<Form />);
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "half");
  act(() => needSignIn("proxy"));
  viewed = { keyName: null, userName: "bob", expiresAt: null };
  await userEvent.click(await screen.findByRole("button", { name: "Continue" }));

  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("");
  expect(await screen.findByRole("button", { name: "Signed in as bob" })).toBeInTheDocument();
});

async function fetchOnce(): Promise<void> {
  await fetchSignedIn("http://localhost/graphql", { method: "POST" });
}

it("takes a redirect for the sign-in of a proxy, and a missing permission for none", async () => {
  const redirected = Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
  const forbidden = HttpResponse.json({ errors: [] }, { status: 403 });
  const sent = vi.fn<typeof fetch>().mockResolvedValueOnce(forbidden).mockResolvedValueOnce(redirected);
  vi.stubGlobal("fetch", sent);
  const { result } = renderHook(() => useSignInNeed());
  await act(fetchOnce);
  expect(result.current).toBe(false);
  await act(fetchOnce);
  expect(result.current).toBe("proxy");
  expect(sent).toHaveBeenLastCalledWith("http://localhost/graphql", { method: "POST", redirect: "manual" });
});

it("shows nobody where nobody is signed in", async () => {
  isSignedIn = true;
  viewed = { keyName: null };
  open();

  await waitFor(() => expect(asked).toContain("Viewer"));
  expect(await screen.findByText("can train")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Signed in/ })).toBeNull();
});

it("asks for a key where a socket was closed for want of one, and for no other reason", async () => {
  isSignedIn = true;
  open();
  expect(await screen.findByText("can train")).toBeVisible();
  const end = await openSocket();
  act(() => end(1006));
  expect(screen.getByText("can train")).toBeVisible();

  const refuse = await openSocket();
  act(() => refuse(4403));
  expect(await screen.findByLabelText("API key")).toBeVisible();
});
