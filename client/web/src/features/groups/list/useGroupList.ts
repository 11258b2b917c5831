import { useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { GroupsQuery, GroupsQueryVariables, TraceGroupOrder, TraceGroupWhere, TraceWhere } from "../../../gql/graphql.ts";
import { type Pages, usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import type { GroupRow } from "./columns.tsx";

const GROUPS = graphql(`
  query Groups(
    $where: TraceWhere
    $having: TraceGroupWhere
    $scorer: String
    $orderBy: [TraceGroupOrder!]
    $first: Int
    $after: String
    $isFirst: Boolean! = true
  ) {
    page: traceGroups(where: $where, having: $having, scorer: $scorer, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          key
          promptPreview
          referenceAnswer
          size
          gradedCount
          correctCount
          passRate
          distinctAnswerCount
          majorityAnswer
          majorityCorrect
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

interface Asked {
  where: TraceWhere;
  having: TraceGroupWhere;
  scorer: string | null;
  orderBy: readonly TraceGroupOrder[];
}

const pageOf = (data: GroupsQuery): GroupsQuery["page"] => data.page;

/** The groups of the traces that a filter selects, graded by a scorer. */
export function useGroupList({ where, having, scorer, orderBy }: Asked): Pages<GroupRow> {
  const variables = useMemo(
    () => ({ where, having, scorer, orderBy: orderBy.length === 0 ? null : [...orderBy] }),
    [where, having, scorer, orderBy],
  );
  usePageQuery(GROUPS, { ...variables, first: 100 });
  return usePages<GroupsQuery, GroupsQueryVariables, GroupRow>({ document: GROUPS, variables, pageOf, isKept: true });
}
