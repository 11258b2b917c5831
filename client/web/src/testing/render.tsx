import { ApolloClient, ApolloLink } from "@apollo/client";
import { ApolloProvider } from "@apollo/client/react";
import { HttpLink } from "@apollo/client/link/http";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { render, type RenderResult } from "@testing-library/react";
import type { ReactElement } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { createCache } from "../app/apollo/cache.ts";
import { freshness } from "../app/apollo/freshness.ts";
import { theme, variables } from "../app/theme.ts";
import { KeysProvider } from "../shared/keyboard/Keys.tsx";

/** Returns a client like the pages', which sends documents as text so that tests can answer them by name. */
export function testClient(): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([freshness(), new HttpLink({ uri: "http://localhost/graphql" })]),
    cache: createCache(),
    dataMasking: true,
  });
}

interface Options {
  /** The address at which it is opened, with its query. */
  at?: string;
  /** The path with parameters that the address matches. */
  path?: string;
}

/** Renders an element as a page of the application; `router.state.location` has the URL. */
export function renderPage(
  element: ReactElement,
  { at = "/", path = "*" }: Options = {},
): RenderResult & { router: ReturnType<typeof createMemoryRouter>; client: ApolloClient } {
  const router = createMemoryRouter([{ path, element }, { path: "*", element: <p>another page</p> }], {
    initialEntries: [at],
  });
  const client = testClient();
  const result = render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} env="test">
      <ApolloProvider client={client}>
        <Notifications />
        <KeysProvider>
          <RouterProvider router={router} />
        </KeysProvider>
      </ApolloProvider>
    </MantineProvider>,
  );
  return { ...result, router, client };
}
