/** A page of a connection. Its field is selected under the alias `page`, so that the cache keeps each page by itself. */
export interface Page<Node> {
  edges: readonly { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  /** Selected with `@include(if: $isFirst)`: counted once for a list. */
  totalCount?: number | null;
}

/** The rows of a list that have been loaded. */
export interface PageState<Node> {
  /** The list that the rows are of. */
  key: string;
  rows: readonly Node[];
  total: number | undefined;
  /** The cursor behind the last row; null at the end of the list. */
  end: string | null;
  isLoading: boolean;
  /** Whether it is the first page that is being loaded. */
  isReloading: boolean;
  /** Whether the list has another beginning by now. */
  hasChanged: boolean;
  error: unknown;
}

export type PageChange<Node> =
  | { kind: "loading"; isFirst: boolean }
  | { kind: "failed"; error: unknown }
  | { kind: "loaded"; key: string; page: Page<Node>; isFirst: boolean }
  | { kind: "checked"; key: string; page: Page<Node> };

/** Returns a list of which nothing has been loaded yet. */
export function emptyState<Node>(): PageState<Node> {
  return { key: "", rows: [], total: undefined, end: null, isLoading: true, isReloading: true, hasChanged: false, error: undefined };
}

/** Returns a list after a change. */
export function applyChange<Node>(state: PageState<Node>, change: PageChange<Node>): PageState<Node> {
  switch (change.kind) {
    case "loading":
      return { ...state, isLoading: true, isReloading: change.isFirst, error: undefined };
    case "failed":
      return { ...state, isLoading: false, isReloading: false, error: change.error };
    case "loaded":
      return addPage(state, change.page, change.key, change.isFirst);
    case "checked":
      return checkFirstPage(state, change.page, change.key);
  }
}

function addPage<Node>(state: PageState<Node>, page: Page<Node>, key: string, isFirst: boolean): PageState<Node> {
  const rows = page.edges.map((edge) => edge.node);
  return {
    key,
    rows: isFirst ? rows : [...state.rows, ...rows],
    total: isFirst ? (page.totalCount ?? undefined) : state.total,
    end: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
    isLoading: false,
    isReloading: false,
    hasChanged: isFirst ? false : state.hasChanged,
    error: undefined,
  };
}

/** The first page as it is now: it takes the place of a list of one page; longer ones stay as they are read. */
function checkFirstPage<Node>(state: PageState<Node>, page: Page<Node>, key: string): PageState<Node> {
  if (state.key !== key || state.isLoading) {
    return state;
  }
  const rows = page.edges.map((edge) => edge.node);
  const isSame = JSON.stringify(rows) === JSON.stringify(state.rows.slice(0, rows.length)) && page.totalCount === state.total;
  if (isSame) {
    return state.hasChanged ? { ...state, hasChanged: false } : state;
  }
  return state.rows.length <= rows.length ? addPage(state, page, key, true) : { ...state, hasChanged: true };
}
