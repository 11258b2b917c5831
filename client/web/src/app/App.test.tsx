import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { createMemoryRouter } from "react-router";
import { expect, it, vi } from "vitest";
import { use } from "../testing/network.ts";
import { App } from "./App.tsx";
import { createApolloClient } from "./apollo/client.ts";
import { Layout } from "./Layout.tsx";
import { NoSuchPage } from "./NoSuchPage.tsx";
import { PAGES } from "./pages.ts";
import { PageFailed } from "./PageFailed.tsx";
import { createRoutes, routes } from "./routes.tsx";

/** Answers that this browser may do everything. */
function answerAdmin(): void {
  const viewer = { __typename: "Viewer", keyName: null, userName: null, scopes: ["READ", "WRITE", "RUN", "ADMIN"], expiresAt: null, signOutUrl: null };
  use(http.post("*/graphql", () => HttpResponse.json({ data: { viewer } })));
}

function Broken(): never {
  throw new Error("It broke.");
}

function Defective(): never {
  throw new TypeError("rows is undefined");
}

function open(at: string): ReturnType<typeof createMemoryRouter> {
  const children = [
    { path: "/traces", element: <p>the traces</p> },
    { path: "/broken", element: <Broken />, errorElement: <PageFailed /> },
    { path: "/defective", element: <Defective />, errorElement: <PageFailed /> },
    { path: "*", element: <NoSuchPage /> },
  ];
  const router = createMemoryRouter([{ element: <Layout />, children }], { initialEntries: [at] });
  render(<App client={createApolloClient("http://localhost/graphql")} router={router} />);
  return router;
}

it("has a link and keys for every page, and a message where there is none", async () => {
  answerAdmin();
  const router = open("/nowhere");
  expect(await screen.findByRole("heading", { name: "Nothing is at /nowhere" })).toBeVisible();
  await screen.findByRole("link", { name: "Audit log" });
  const links = PAGES.map(({ label }) => screen.getByRole("link", { name: label }));
  expect(links.map((link) => link.getAttribute("href"))).toEqual(PAGES.map(({ path }) => path));

  await userEvent.keyboard("gt");
  expect(await screen.findByText("the traces")).toBeVisible();
  expect(screen.getByRole("main")).toHaveFocus();
  expect(screen.getByRole("link", { name: "Traces" })).toHaveAttribute("aria-current", "page");
  await router.navigate("/nowhere");
  await userEvent.click(await screen.findByRole("link", { name: "Go to the overview" }));
  expect(router.state.location.pathname).toBe("/");
});

it("switches its colours, and opens its menu on a narrow screen", async () => {
  open("/traces");
  await userEvent.click(await screen.findByRole("button", { name: "Use dark colours" }));
  await waitFor(() => expect(document.documentElement).toHaveAttribute("data-mantine-color-scheme", "dark"));
  await userEvent.click(screen.getByRole("button", { name: "Use light colours" }));

  await userEvent.click(screen.getByRole("button", { name: "Menu" }));
  expect(screen.getByRole("navigation", { name: "Pages" })).toHaveAttribute("data-open", "true");
  await userEvent.click(screen.getByRole("button", { name: "Close the menu" }));
  expect(screen.getByRole("navigation", { name: "Pages" })).toHaveAttribute("data-open", "false");
});

it("shows why a page failed, inside its frame", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  open("/broken");

  expect(await screen.findByText("This page could not be shown")).toBeVisible();
  expect(screen.getByText("It broke.")).toBeVisible();
  expect(screen.getByRole("link", { name: "Traces" })).toBeVisible();
});

it("does not take a defect of a page for a server that is unreachable, and reload it again and again", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  open("/defective");

  expect(await screen.findByText("rows is undefined")).toBeVisible();
  expect(screen.queryByText(/as soon as the server answers/)).toBeNull();
});

it("sends documents by their hash, and as text from when the server does not know one", async () => {
  const { TUNIX_STATUS } = await import("../shared/health/documents.ts");
  const sent: { query?: string; extensions?: { persistedQuery?: { sha256Hash: string } } }[] = [];
  const status = { __typename: "TunixStatus", available: true, version: "1", message: "", installCommand: "" };
  let isKnown = true;
  use(
    http.post("http://localhost/graphql", async ({ request }) => {
      const body = (await request.json()) as (typeof sent)[number];
      sent.push(body);
      const unknown = { message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } };
      return body.query === undefined && !isKnown ? HttpResponse.json({ errors: [unknown] }) : HttpResponse.json({ data: { tunixStatus: status } });
    }),
  );
  const client = createApolloClient("http://localhost/graphql");
  const ask = async (): Promise<unknown> => (await client.query({ query: TUNIX_STATUS, fetchPolicy: "network-only" })).data;

  await ask();
  isKnown = false;
  expect(await ask()).toEqual({ tunixStatus: status });
  await ask();

  expect(sent.map(({ query }) => query !== undefined)).toEqual([false, false, true, true]);
  expect(sent[0]?.extensions?.persistedQuery?.sha256Hash).toMatch(/^[0-9a-f]{64}$/);
});

it("has every page of the sidebar among its routes", () => {
  const paths = (routes[0]?.children?.[0]?.children ?? []).map((route) => (route.index === true ? "/" : `/${route.path}`));

  expect(paths).toEqual(expect.arrayContaining(PAGES.map(({ path }) => path)));
  expect(createRoutes().routes).toHaveLength(1);
});
