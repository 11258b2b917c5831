import { gql } from "@apollo/client";
import { screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { PageQueryProvider, ShowQueryLink, usePageQuery } from "./PageQuery.tsx";

const QUERY = gql`
  query Named($first: Int) {
    traces(first: $first) {
      totalCount
      __typename
    }
  }
`;

function Page(): ReactElement {
  usePageQuery(QUERY, { first: 3 });
  return <p>page</p>;
}

it("opens GraphiQL with the open page's query, and only while one is open", () => {
  const { unmount } = renderPage(
    <PageQueryProvider>
      <Page />
      <ShowQueryLink />
    </PageQueryProvider>,
  );

  const address = new URL(screen.getByRole("link", { name: "Show the query" }).getAttribute("href") ?? "", "http://x");
  expect(address.pathname).toBe("/graphiql/");
  expect(address.searchParams.get("q")).toContain("query Named($first: Int)");
  expect(address.searchParams.get("q")).not.toContain("__typename");
  expect(JSON.parse(address.searchParams.get("variables") ?? "")).toEqual({ first: 3 });
  unmount();

  renderPage(
    <PageQueryProvider>
      <ShowQueryLink />
    </PageQueryProvider>,
  );
  expect(screen.queryByRole("link")).toBeNull();
});
