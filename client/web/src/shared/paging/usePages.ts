import type { ApolloClient, OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { useLocation } from "react-router";
import { applyChange, emptyState, type Page, type PageState } from "./pageState.ts";

export type { Page } from "./pageState.ts";

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
  /** Whether the list begins with other rows by now than those that are shown. */
  hasChanged: boolean;
  /** Why the last page could not be loaded. */
  error: unknown;
  loadMore: () => void;
  /** Loads the list again from its first page. */
  reload: () => void;
}

const PAGE = 100;
/** The time for which a page is hidden before its list is loaded again. */
const AWAY_MS = 60_000;
/** Lists to which the browser's back button returns, by their place in its history, the newest last. */
const left = new WeakMap<ApolloClient, Map<string, PageState<unknown>>>();
const LEFT_MAX = 10;

interface Source<Data, Variables extends OperationVariables & PageVariables, Node> {
  document: TypedDocumentNode<Data, Variables>;
  /** The filter and order; another one is another list. */
  variables: Omit<Variables, keyof PageVariables>;
  pageOf: (data: Data) => Page<Node>;
  /** Whether the list is as it was left when one goes back to it in the browser's history. */
  isKept?: boolean;
  /** Whether the rows stay as they were loaded when the window is shown again. */
  isFixed?: boolean;
}

/**
 * A list that is loaded page by page. The rows on the screen stay until the first page of another list has come.
 * The cost of a page does not grow with the number of rows that are loaded;
 * a row's own fields are read by its fragment.
 */
export function usePages<Data, Variables extends OperationVariables & PageVariables, Node>({
  document,
  variables,
  pageOf,
  isKept = false,
  isFixed = false,
}: Source<Data, Variables, Node>): Pages<Node> {
  const client = useApolloClient();
  const key = JSON.stringify(variables);
  const entry = useLocation().key;
  const [state, dispatch] = useReducer(applyChange<Node>, undefined, () =>
    isKept ? returnedTo<Node>(client, entry, key) : emptyState<Node>(),
  );
  const current = useRef(state);
  useEffect(() => {
    current.current = state;
    if (isKept) {
      leave(client, entry, state);
    }
  }, [client, entry, state, isKept]);
  const newest = useRef(0);

  const fetchPage = useCallback(
    async (after: string | null) => {
      const paged = { ...JSON.parse(key), first: PAGE, after, isFirst: after === null } as Variables;
      const { data } = await client.query({ query: document, variables: paged, fetchPolicy: "network-only" });
      return data === undefined ? undefined : pageOf(data as Data);
    },
    [client, document, key, pageOf],
  );
  const load = useCallback(
    async (after: string | null) => {
      newest.current += 1;
      const request = newest.current;
      dispatch({ kind: "loading", isFirst: after === null });
      try {
        const page = await fetchPage(after);
        if (request === newest.current && page !== undefined) {
          dispatch({ kind: "loaded", key, page, isFirst: after === null });
        }
      } catch (error) {
        if (request === newest.current) {
          dispatch({ kind: "failed", error });
        }
      }
    },
    [fetchPage, key],
  );
  const check = useCallback(async () => {
    // A list that cannot be loaded stays as it is.
    const page = await fetchPage(null).catch(() => undefined);
    if (page !== undefined) {
      dispatch({ kind: "checked", key, page });
    }
  }, [fetchPage, key]);

  useEffect(() => {
    const { key: shown, isLoading: wasLoading, error: failure } = current.current;
    // Another list that was asked for in the meantime may still be loading, or has failed.
    const isShown = shown === key && !wasLoading && failure === undefined;
    void (isShown ? check() : load(null));
    return () => {
      newest.current += 1;
    };
  }, [load, check, key]);
  useReturning(isFixed ? undefined : check);

  const isOther = state.key !== key;
  const { end, isLoading, isReloading, hasChanged, error, rows, total } = state;
  const loadMore = useCallback(() => {
    if (!isLoading && !isOther && end !== null) {
      void load(end);
    }
  }, [isLoading, isOther, end, load]);
  const reload = useCallback(() => void load(null), [load]);
  return useMemo(() => {
    const isStale = rows.length > 0 && (isOther || isReloading);
    return { rows, total, hasMore: end !== null, isLoading, isStale, hasChanged, error, loadMore, reload };
  }, [rows, total, end, isLoading, isReloading, isOther, hasChanged, error, loadMore, reload]);
}

/** The state in which a list was left at a place of the browser's history. */
function returnedTo<Node>(client: ApolloClient, entry: string, key: string): PageState<Node> {
  const state = left.get(client)?.get(`${entry} ${key}`);
  return state === undefined ? emptyState<Node>() : (state as PageState<Node>);
}

function leave(client: ApolloClient, entry: string, state: PageState<unknown>): void {
  const lists = left.get(client) ?? new Map<string, PageState<unknown>>();
  left.set(client, lists);
  const place = `${entry} ${state.key}`;
  lists.delete(place);
  lists.set(place, { ...state, isLoading: false, isReloading: false });
  const oldest = lists.keys().next().value;
  if (lists.size > LEFT_MAX && oldest !== undefined) {
    lists.delete(oldest);
  }
}

/** Runs a function, if there is one, when the window becomes visible again after a while. */
function useReturning(run: (() => void) | undefined): void {
  useEffect(() => {
    if (run === undefined) {
      return undefined;
    }
    let since = Date.now();
    const look = (): void => {
      if (document.visibilityState === "hidden") {
        since = Date.now();
      } else if (Date.now() - since > AWAY_MS) {
        since = Date.now();
        run();
      }
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [run]);
}
