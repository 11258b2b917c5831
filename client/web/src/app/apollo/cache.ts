import { type FieldFunctionOptions, InMemoryCache, type Reference } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { possibleTypes } from "../../gql/possible-types.ts";
import { globalId } from "../../shared/ids.ts";

/** The arguments that make one list different from another: not those that address a page of it. */
const LIST_ARGUMENTS = ["where", "orderBy"];

/** Returns a key for a list that is the same for arguments of equal meaning: `{}`, null and omitted are one. */
export function listKey(args: Record<string, unknown> | null): string {
  const given = LIST_ARGUMENTS.map((name) => [name, withoutEmpty(args?.[name])]).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(given));
}

/** Members that mean something when they are empty: `scores: { none: {} }` are traces without a score, `not: {}` matches nothing. */
const MEANT_EMPTY: ReadonlySet<string> = new Set(["not", "some", "none", "every", "producedBy"]);

/** A value without absent members, its keys sorted; undefined if nothing is left. `in: []` matches nothing and stays. */
function withoutEmpty(value: unknown): unknown {
  if (value === null || value === undefined) {
    return undefined;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withoutEmpty(item) ?? {});
  }
  if (typeof value !== "object") {
    return value;
  }
  const entries = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, withoutEmpty(item) ?? (MEANT_EMPTY.has(key) && item != null ? {} : undefined)] as const)
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A list that is selected under this alias is kept page by page (see `usePages`); otherwise its pages are merged. */
const PAGED = "page";

const connection = relayStylePagination((args, { field }) =>
  field?.alias?.value === PAGED ? `${listKey(args)} ${JSON.stringify([args?.["first"], args?.["after"]])}` : listKey(args),
);

/** Finds an object by its `id` or `uuid` in the cache, wherever it was loaded; null is an object that no longer exists. */
function byId(type: string) {
  return {
    read(existing: Reference | null | undefined, { args, toReference }: FieldFunctionOptions): Reference | null | undefined {
      const id = args?.["id"];
      const found = typeof id === "string" ? toReference({ __typename: type, id: globalId(type, id) }) : undefined;
      return existing === undefined ? found : existing;
    },
  };
}

/** Returns an empty cache: objects are kept once by their `id`, lists by filter and order. */
export function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes,
    // What results depend on takes ten times the memory of the rows of a long list, whose garbage stops the page for up to
    // a second. Without it a change reads again what is on the screen, which is little.
    resultCaching: false,
    typePolicies: {
      Query: {
        fields: {
          traces: connection,
          datasets: connection,
          runs: connection,
          exports: connection,
          scores: connection,
          trace: byId("Trace"),
          score: byId("Score"),
          export: byId("Export"),
          // Several queries select different parts of these, which have no id.
          health: { merge: true },
          serverInfo: { merge: true },
          tunixStatus: { merge: true },
        },
      },
      Dataset: { fields: { traces: connection, runs: connection, children: connection, evalRuns: connection, stats: { merge: true } } },
      Trace: { fields: { scores: connection, datasets: connection, producedBy: { merge: true } } },
    },
  });
}
