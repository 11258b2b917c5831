import type { ApolloClient } from "@apollo/client";
import { ApolloProvider } from "@apollo/client/react";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import type { ComponentProps, ReactElement } from "react";
import { RouterProvider } from "react-router";
import { theme, variables } from "./theme.ts";

interface Props {
  client: ApolloClient;
  router: ComponentProps<typeof RouterProvider>["router"];
}

/** The application: theme, cache and pages. */
export function App({ client, router }: Props): ReactElement {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <ApolloProvider client={client}>
        <Notifications position="bottom-right" limit={3} transitionDuration={120} />
        <RouterProvider router={router} />
      </ApolloProvider>
    </MantineProvider>
  );
}
