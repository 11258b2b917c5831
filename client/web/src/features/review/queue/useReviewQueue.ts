import { useQuery } from "@apollo/client/react";
import { useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { ReviewQueueQuery, ReviewQueueQueryVariables, TraceWhere } from "../../../gql/graphql.ts";
import { type Pages, usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import type { Rubric } from "../rubric/rubric.ts";
import { unreviewedWhere } from "./filters.ts";

const QUEUE = graphql(`
  query ReviewQueue($where: TraceWhere, $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: traces(where: $where, orderBy: [{ field: CREATED_AT }], first: $first, after: $after) {
      edges {
        node {
          id
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

const TOTAL = graphql(`
  query ReviewTotal($where: TraceWhere) {
    total: traces(where: $where, first: 1) {
      totalCount
    }
  }
`);

const pageOf = (data: ReviewQueueQuery): ReviewQueueQuery["page"] => data.page;

interface Queue {
  pages: Pages<{ id: string }>;
  /** The number of traces of the queue, those that have their scores included; undefined until it is known. */
  total: number | undefined;
}

/** The traces of a filter that lack a score, oldest first. Those that get their scores stay until it is opened again. */
export function useReviewQueue(where: TraceWhere, rubric: Rubric, reviewer: string): Queue {
  const variables = useMemo(() => ({ where: unreviewedWhere(where, rubric, reviewer) }), [where, rubric, reviewer]);
  const pages = usePages<ReviewQueueQuery, ReviewQueueQueryVariables, { id: string }>({ document: QUEUE, variables, pageOf, isFixed: true });
  const { data } = useQuery(TOTAL, { variables: { where }, fetchPolicy: "network-only" });
  usePageQuery(QUEUE, { ...variables, first: 100 });
  return { pages, total: data?.total.totalCount };
}
