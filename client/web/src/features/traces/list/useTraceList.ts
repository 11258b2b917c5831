import { useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { TraceOrder, TraceOrderField, TracesQuery, TracesQueryVariables, TraceWhere } from "../../../gql/graphql.ts";
import { type Pages, usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { isMetaColumn, isScoreColumn } from "./columns.tsx";

const TRACES = graphql(`
  query Traces(
    $where: TraceWhere
    $orderBy: [TraceOrder!]
    $first: Int
    $after: String
    $isFirst: Boolean! = true
    $withMeta: Boolean! = true
    $withScores: Boolean! = true
  ) {
    page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          ...TraceRow
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

/** The fields by which traces can be ordered. */
export const TRACE_ORDER_FIELDS: readonly TraceOrderField[] = [
  "CREATED_AT",
  "STEP_COUNT",
  "CHAR_COUNT",
  "SOURCE",
  "EXTERNAL_ID",
  "ID",
];

/** A trace of the list; its fields are read by `TraceRow`. */
export type ListedTrace = TracesQuery["page"]["edges"][number]["node"];

interface TraceList extends Pages<ListedTrace> {
  withMeta: boolean;
  withScores: boolean;
}

const pageOf = (data: TracesQuery): TracesQuery["page"] => data.page;

/** Loads the traces that a filter selects, with the fields that the shown columns need. */
export function useTraceList(where: TraceWhere, orderBy: readonly TraceOrder[], shown: readonly string[]): TraceList {
  const withMeta = shown.some(isMetaColumn);
  const withScores = shown.some(isScoreColumn);
  const variables = useMemo(() => ({ where, orderBy: [...orderBy], withMeta, withScores }), [where, orderBy, withMeta, withScores]);
  const pages = usePages<TracesQuery, TracesQueryVariables, ListedTrace>({ document: TRACES, variables, pageOf, isKept: true });
  usePageQuery(TRACES, { ...variables, first: 100 });
  return useMemo(() => ({ ...pages, withMeta, withScores }), [pages, withMeta, withScores]);
}
