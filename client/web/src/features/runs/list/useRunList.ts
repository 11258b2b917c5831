import { useQuery } from "@apollo/client/react";
import { useCallback, useMemo, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { RunsQuery, RunsQueryVariables } from "../../../gql/graphql.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { type Pages, usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import type { OrderTerm } from "../../../shared/table/order.ts";
import { runOrder, type SortField } from "./order.ts";
import { useChangedRuns } from "./useChangedRuns.ts";

const RUNS = graphql(`
  query Runs(
    $where: RunWhere
    $orderBy: [RunOrder!]
    $first: Int
    $after: String
    $isFirst: Boolean! = true
    $withNotes: Boolean! = true
  ) {
    page: runs(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          ...RunRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount @include(if: $isFirst)
    }
  }
`);

const NEWEST_RUN = graphql(`
  query NewestRun {
    runs(first: 1) {
      edges {
        node {
          id
          createdAt
        }
      }
    }
  }
`);

/** A run in the list, whose fields its row reads. */
export type RunRef = RunsQuery["page"]["edges"][number]["node"];

interface RunList {
  pages: Pages<RunRef>;
  /** The number of runs that match and were created since the list was loaded. */
  newCount: number;
  /** Whether the server is unreachable, so that nothing is kept up to date. */
  isAway: boolean;
  reload: () => void;
}

interface Asked {
  where: Where;
  order: readonly OrderTerm<SortField>[];
  withNotes: boolean;
}

const pageOf = (data: RunsQuery): RunsQuery["page"] => data.page;

/** The runs of a filter in an order; those on the screen are kept up to date, newer ones are counted. */
export function useRunList({ where, order, withNotes }: Asked): RunList {
  const variables = useMemo(() => ({ where, orderBy: runOrder(order), withNotes }), [where, order, withNotes]);
  const pages = usePages<RunsQuery, RunsQueryVariables, RunRef>({ document: RUNS, variables, pageOf });
  usePageQuery(RUNS, { ...variables, first: 100 });
  const newest = useQuery(NEWEST_RUN, { fetchPolicy: "network-only" });
  const [heard, setHeard] = useState<ReadonlyMap<string, string>>(new Map());
  const { reload: reloadPages } = pages;
  const { refetch } = newest;
  const reload = useCallback(() => {
    reloadPages();
    void refetch().catch(() => {});
  }, [reloadPages, refetch]);

  const isFiltered = Object.keys(where).length > 0;
  const hear = ({ id, createdAt }: { id: string; createdAt: string }): void => {
    setHeard((known) => (known.has(id) ? known : new Map([...known, [id, createdAt]])));
  };
  // All runs, since one on the screen may change until it does not match any more.
  const isAway = useChangedRuns({}, { onRun: (run) => isFiltered || hear(run), onReturn: reload });
  useChangedRuns(isFiltered ? where : null, { onRun: hear, onReturn: () => {} });

  const newestAt = newest.data && (newest.data.runs.edges[0]?.node.createdAt ?? "");
  const newCount = newestAt === undefined ? 0 : [...heard.values()].filter((createdAt) => createdAt > newestAt).length;
  return { pages, newCount, isAway, reload };
}
