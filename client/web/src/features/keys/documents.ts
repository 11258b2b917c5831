import { graphql } from "../../gql/gql.ts";

/** A key as lists and its page show it. */
export const KEY_ROW = graphql(`
  fragment KeyRow on ApiKey {
    id
    uuid
    name
    prefix
    scopes
    createdAt
    rotatedAt
    expiresAt
    revokedAt
    lastUsedAt
  }
`);
