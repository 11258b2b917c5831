import type { OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";

/** A page of a connection. Its field is selected under the alias `page`, so that the cache keeps each page by itself. */
export interface Page<Node> {
  edges: readonly { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  /** Selected with `@include(if: $isFirst)`: counted once for a list. */
  totalCount?: number | null;
}

/** The variables by which a page is addressed; the document declares them all. */
export interface PageVariables {
  first?: number | null;
  after?: string | null;
  isFirst?: boolean;
}

export interface Pages<Node> {
  rows: readonly Node[];
  /** The number of rows of the whole list; undefined until it is known. */
  total: number | undefined;
  hasMore: boolean;
  /** Whether a page is being loaded. */
  isLoading: boolean;
  /** Whether the rows are those of an earlier filter or order, or are being loaded again. */
  isStale: boolean;
  /** Why the last page could not be loaded. */
  error: unknown;
  loadMore: () => void;
  /** Loads the list again from its first page. */
  reload: () => void;
}

const PAGE = 100;

interface State<Node> {
  /** The list that the rows are of. */
  key: string;
  rows: readonly Node[];
  total: number | undefined;
  end: string | null;
  isLoading: boolean;
  /** Whether it is the first page that is being loaded. */
  isReloading: boolean;
  error: unknown;
}

type Change<Node> =
  | { kind: "loading"; isFirst: boolean }
  | { kind: "failed"; error: unknown }
  | { kind: "loaded"; key: string; page: Page<Node>; isFirst: boolean };

function changed<Node>(state: State<Node>, change: Change<Node>): State<Node> {
  switch (change.kind) {
    case "loading":
      return { ...state, isLoading: true, isReloading: change.isFirst, error: undefined };
    case "failed":
      return { ...state, isLoading: false, isReloading: false, error: change.error };
    case "loaded": {
      const { page, isFirst, key } = change;
      const rows = page.edges.map((edge) => edge.node);
      return {
        key,
        rows: isFirst ? rows : [...state.rows, ...rows],
        total: isFirst ? (page.totalCount ?? undefined) : state.total,
        end: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
        isLoading: false,
        isReloading: false,
        error: undefined,
      };
    }
  }
}

interface Source<Data, Variables extends OperationVariables & PageVariables, Node> {
  document: TypedDocumentNode<Data, Variables>;
  /** The filter and order; another one is another list. */
  variables: Omit<Variables, keyof PageVariables>;
  pageOf: (data: Data) => Page<Node>;
}

/**
 * A list that is loaded page by page. The rows on the screen stay until the first page of another list has come. The
 * cost of a page does not grow with the number of rows that are loaded; a row's own fields are read by its fragment.
 */
export function usePages<Data, Variables extends OperationVariables & PageVariables, Node>({
  document,
  variables,
  pageOf,
}: Source<Data, Variables, Node>): Pages<Node> {
  const client = useApolloClient();
  const key = JSON.stringify(variables);
  const [state, dispatch] = useReducer(changed<Node>, {
    key: "",
    rows: [],
    total: undefined,
    end: null,
    isLoading: true,
    isReloading: true,
    error: undefined,
  });
  const newest = useRef(0);

  const load = useCallback(
    async (after: string | null) => {
      newest.current += 1;
      const request = newest.current;
      dispatch({ kind: "loading", isFirst: after === null });
      const paged = { ...JSON.parse(key), first: PAGE, after, isFirst: after === null } as Variables;
      try {
        const { data } = await client.query({ query: document, variables: paged, fetchPolicy: "network-only" });
        if (request === newest.current && data !== undefined) {
          dispatch({ kind: "loaded", key, page: pageOf(data as Data), isFirst: after === null });
        }
      } catch (error) {
        if (request === newest.current) {
          dispatch({ kind: "failed", error });
        }
      }
    },
    [client, document, key, pageOf],
  );

  useEffect(() => {
    void load(null);
    return () => {
      newest.current += 1;
    };
  }, [load]);

  const isOther = state.key !== key;
  const { end, isLoading, isReloading, error, rows, total } = state;
  const loadMore = useCallback(() => {
    if (!isLoading && !isOther && end !== null) {
      void load(end);
    }
  }, [isLoading, isOther, end, load]);
  const reload = useCallback(() => void load(null), [load]);
  return useMemo(
    () => ({ rows, total, hasMore: end !== null, isLoading, isStale: rows.length > 0 && (isOther || isReloading), error, loadMore, reload }),
    [rows, total, end, isLoading, isReloading, isOther, error, loadMore, reload],
  );
}
