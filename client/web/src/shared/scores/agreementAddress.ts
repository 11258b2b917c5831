import type { TraceWhere } from "../../gql/graphql.ts";

/** Returns the address of the agreement of scorers on the traces of a filter. */
export function agreementAddress(scorers: { a?: string; b?: string }, where: TraceWhere): string {
  const params = new URLSearchParams({ ...scorers });
  if (Object.keys(where).length > 0) {
    params.set("where", JSON.stringify(where));
  }
  return params.size === 0 ? "/agreement" : `/agreement?${params}`;
}
