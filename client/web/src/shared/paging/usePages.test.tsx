import { gql, type TypedDocumentNode } from "@apollo/client";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { type ReactElement, useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import type { Page } from "./pageState.ts";
import { type PageVariables, usePages } from "./usePages.ts";

interface Data {
  page: Page<{ id: string }>;
}
interface Variables extends PageVariables, Record<string, unknown> {
  where: string;
}

const LIST: TypedDocumentNode<Data, Variables> = gql`
  query List($where: String, $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: traces(where: $where, first: $first, after: $after) {
      edges { node { id } }
      pageInfo { hasNextPage endCursor }
      totalCount @include(if: $isFirst)
    }
  }
`;
const pageOf = (data: Data): Data["page"] => data.page;

function List({ isFixed = false }: { isFixed?: boolean }): ReactElement {
  const [where, setWhere] = useState("a");
  const pages = usePages<Data, Variables, { id: string }>({ document: LIST, variables: { where }, pageOf, isKept: true, isFixed });
  return (
    <>
      <p>{pages.rows.map(({ id }) => id).join(" ")}</p>
      <p>
        {String(pages.total)} {pages.hasMore && "more"} {pages.isStale && "stale"} {pages.hasChanged && "changed"} {pages.error !== undefined && "failed"}
      </p>
      <button type="button" onClick={pages.loadMore}>More</button>
      <button type="button" onClick={pages.reload}>Reload</button>
      <button type="button" onClick={() => setWhere("b")}>Other</button>
      <button type="button" onClick={() => setWhere("a")}>Back</button>
    </>
  );
}

function page(ids: string[], end: string | null, totalCount?: number): object {
  const edges = ids.map((id) => ({ __typename: "TraceEdge", node: { __typename: "Trace", id } }));
  const pageInfo = { __typename: "PageInfo", hasNextPage: end !== null, endCursor: end };
  return { page: { __typename: "TraceConnection", edges, pageInfo, ...(totalCount === undefined ? {} : { totalCount }) } };
}

const press = (name: string): boolean => fireEvent.click(screen.getByText(name));

describe("usePages", () => {
  it("loads page after page, counts once, and keeps the rows until another list has come", async () => {
    answer("List", ({ where, after, isFirst }) =>
      where === "b" ? page(["z"], null, 1) : after === null ? page(["p", "q"], "2", 3) : page(["r"], null, isFirst ? 99 : undefined),
    );
    renderPage(<List />);
    expect(await screen.findByText("p q")).toBeVisible();
    expect(screen.getByText("3 more")).toBeVisible();

    press("More");
    expect(await screen.findByText("p q r")).toBeVisible();
    expect(screen.getByText("3")).toBeVisible();

    press("Other");
    expect(screen.getByText("p q r")).toBeVisible();
    expect(screen.getByText(/stale/)).toBeVisible();
    expect(await screen.findByText("z")).toBeVisible();
    expect(screen.queryByText(/stale/)).toBeNull();
  });

  it("returns to a list before another one has come, or after it was refused", async () => {
    answer("List", ({ where }) => page([where === "b" ? "z" : "p"], null, 1));
    renderPage(<List />);
    expect(await screen.findByText("p")).toBeVisible();

    press("Other");
    press("Back");
    expect(screen.getByText(/stale/)).toBeVisible();
    await waitFor(() => expect(screen.queryByText(/stale/)).toBeNull());
    expect(screen.getByText("p")).toBeVisible();

    refuse("List", "UNAVAILABLE", "The database is unreachable.");
    press("Other");
    expect(await screen.findByText(/failed/)).toBeVisible();
    answer("List", () => page(["p"], null, 1));
    press("Back");
    await waitFor(() => expect(screen.queryByText(/failed/)).toBeNull());
    expect(screen.getByText("p")).toBeVisible();
  });

  it("keeps the loaded rows when a page is refused, and loads it when asked again", async () => {
    answer("List", () => page(["p"], "1", 2));
    renderPage(<List />);
    expect(await screen.findByText("p")).toBeVisible();

    refuse("List", "UNAVAILABLE", "The database is unreachable.");
    press("More");
    expect(await screen.findByText(/failed/)).toBeVisible();
    expect(screen.getByText("p")).toBeVisible();

    answer("List", ({ after }) => (after === null ? page(["new"], null, 1) : page(["q"], null)));
    press("More");
    expect(await screen.findByText("p q")).toBeVisible();
    press("Reload");
    expect(await screen.findByText("new")).toBeVisible();
  });

  it("is shown again after going back, and reports if it has changed since", async () => {
    const pages: Record<string, object> = { first: page(["p", "q"], "2", 3), "2": page(["r"], null) };
    answer("List", ({ after }) => pages[String(after ?? "first")] ?? {});
    const { router } = renderPage(<List />, { path: "/" });
    await screen.findByText("p q");
    press("More");
    await screen.findByText("p q r");

    await act(async () => await router.navigate("/elsewhere"));
    expect(screen.getByText("another page")).toBeVisible();
    pages["first"] = page(["new", "p"], "2", 4);
    await act(async () => await router.navigate(-1));
    expect(screen.getByText("p q r")).toBeVisible();
    expect(await screen.findByText(/changed/)).toBeVisible();
    press("Reload");
    expect(await screen.findByText("new p")).toBeVisible();
    expect(screen.queryByText(/changed/)).toBeNull();
  });

  it("leaves longer lists as they are read, and reloads when the window is", async () => {
    const pages: Record<string, object> = { first: page(["p"], "1", 2), "1": page(["q"], null) };
    answer("List", ({ after }) => pages[String(after ?? "first")] ?? {});
    renderPage(<List />);
    await screen.findByText("p");
    press("More");
    await screen.findByText("p q");

    pages["first"] = page(["new"], "1", 3);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 120_000);
    fireEvent(document, new Event("visibilitychange"));
    expect(await screen.findByText(/changed/)).toBeVisible();
    expect(screen.getByText("p q")).toBeVisible();
    pages["first"] = page(["p"], "1", 2);
    clock.mockReturnValue(Date.now() + 240_000);
    fireEvent(document, new Event("visibilitychange"));
    await waitFor(() => expect(screen.queryByText(/changed/)).toBeNull());
  });

  it("keeps the rows of a fixed list when the window is shown again", async () => {
    const asked: unknown[] = [];
    answer("List", ({ after }) => {
      asked.push(after);
      return after === null ? page(["p"], "1", 2) : page(["q"], null);
    });
    renderPage(<List isFixed />);
    await screen.findByText("p");

    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 120_000);
    fireEvent(document, new Event("visibilitychange"));
    press("More");
    expect(await screen.findByText("p q")).toBeVisible();
    expect(asked).toEqual([null, "1"]);
  });
});
