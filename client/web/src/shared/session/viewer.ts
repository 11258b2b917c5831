import { useQuery } from "@apollo/client/react";
import { graphql } from "../../gql/gql.ts";
import type { ViewerQuery } from "../../gql/graphql.ts";

/** The client of the requests that this browser sends. */
export const VIEWER = graphql(`
  query Viewer {
    viewer {
      keyName
      userName
      scopes
      expiresAt
      signOutUrl
    }
  }
`);

export type Viewer = ViewerQuery["viewer"];

/** Returns who this browser is for the server; undefined until that is known. */
export function useViewer(): Viewer | undefined {
  return useQuery(VIEWER).data?.viewer;
}

/** Returns the name under which the server records what this browser does; null where nobody is signed in. */
export function nameOf({ keyName, userName }: Viewer): string | null {
  return keyName ?? userName;
}
