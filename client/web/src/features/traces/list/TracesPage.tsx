import { type ReactElement, useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { TraceOrderField, TracesQuery, TracesQueryVariables } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { ColumnChooser } from "../../../shared/table/ColumnChooser.tsx";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useSelection } from "../../../shared/table/useSelection.ts";
import { columnOf, isMetaColumn, isScoreColumn, OWN_COLUMNS, USUAL_COLUMNS } from "./columns.tsx";
import { traceReader } from "./TraceReader.tsx";

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

const FIELDS: readonly TraceOrderField[] = ["CREATED_AT", "STEP_COUNT", "CHAR_COUNT", "SOURCE", "EXTERNAL_ID", "ID"];
const pageOf = (data: TracesQuery): TracesQuery["page"] => data.page;

/** The list of traces: filter, order, columns, and what to do with the ones that are selected. */
export function Component(): ReactElement {
  const [orderBy, setOrder] = useUrlOrder(FIELDS);
  const layout = useColumns("traces", USUAL_COLUMNS);
  const columns = useMemo(() => layout.shown.flatMap((id) => columnOf(id) ?? []), [layout.shown]);
  const variables = useMemo(
    () => ({
      where: {},
      orderBy: [...orderBy],
      withMeta: layout.shown.some(isMetaColumn),
      withScores: layout.shown.some(isScoreColumn),
    }),
    [orderBy, layout.shown],
  );
  const selection = useSelection();
  const pages = usePages<TracesQuery, TracesQueryVariables, TracesQuery["page"]["edges"][number]["node"]>({
    document: TRACES,
    variables,
    pageOf,
  });
  usePageQuery(TRACES, { ...variables, first: 100 });
  return (
    <div style={{ display: "flex", flexDirection: "column", height: "100%" }}>
      <PageHeader title="Traces">
        <ColumnChooser columns={OWN_COLUMNS} shown={layout.shown} onShow={layout.show} />
      </PageHeader>
      {pages.rows.length === 0 && pages.isLoading ? <RowSkeletons /> : (
      <DataTable
        label="Traces"
        columns={columns}
        layout={layout}
        rows={pages.rows}
        idOf={(trace) => trace.uuid}
        reader={traceReader(variables.withMeta, variables.withScores)}
        linkOf={(trace) => `/traces/${trace.uuid}`}
        total={pages.total}
        hasMore={pages.hasMore}
        onEndReached={pages.loadMore}
        isStale={pages.isStale}
        order={orderBy}
        onOrder={setOrder as never}
        selection={selection}
      >
        {pages.error !== undefined && (
          <ErrorNotice title="The traces could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.loadMore} />
        )}
      </DataTable>
      )}
      <TableFooter
        loaded={pages.rows.length}
        total={pages.total}
        isFiltered={false}
        isBusy={pages.isLoading}
        selected={selection.ids.size}
      />
    </div>
  );
}
