import type { DatasetWhere } from "../../../gql/graphql.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";

/** Returns the filter of the list: that of the bar, and a part of the key. */
export function datasetWhere(where: Where, search: string | null): DatasetWhere {
  if (search === null) {
    return where;
  }
  const byKey = { key: { contains: search } };
  return Object.keys(where).length === 0 ? byKey : { and: [where, byKey] };
}
