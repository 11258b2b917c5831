import { ApolloClient, ApolloLink } from "@apollo/client";
import { HttpLink } from "@apollo/client/link/http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import type { DocumentNode } from "graphql";
import { fetchSignedIn } from "../../shared/signInNeed.ts";
import { createCache } from "./cache.ts";
import { freshness } from "./freshness.ts";
import { refetchOnReturn } from "./returning.ts";

/** Codegen writes the hash of each operation's text into its document; the server's build has the same manifest. */
function hashOf(document: DocumentNode): string {
  const { __meta__: meta } = document as { __meta__?: { hash?: string } };
  return meta?.hash?.replace(/^sha256:/, "") ?? "";
}

/**
 * Documents are sent by their hash until a server of another build does not know one; from then on as text alone, since
 * the text that Apollo prints is not the one that codegen hashed.
 */
const persisted = new PersistedQueryLink({
  generateHash: hashOf,
  disable: ({ meta }) => meta.persistedQueryNotSupported || meta.persistedQueryNotFound,
});

/** Returns the client of the pages, for the server that they come from. */
export function createApolloClient(uri: string | URL = new URL("/graphql", location.origin)): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([freshness(), persisted, new HttpLink({ uri: uri.toString(), fetch: fetchSignedIn })]),
    cache: createCache(),
    dataMasking: true,
    refetchEventManager: refetchOnReturn(),
  });
}
