import { Button, Group } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link, useLocation } from "react-router";
import type { TraceOrderField } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import type { OrderTerm } from "../../../shared/table/order.ts";
import type { ColumnLayout } from "../../../shared/table/useColumns.ts";
import type { Selection } from "../../../shared/table/useSelection.ts";
import { columnOf } from "./columns.tsx";
import { traceReader } from "./TraceReader.tsx";
import type { ListedTrace, useTraceList } from "./useTraceList.ts";

interface Props {
  traces: ReturnType<typeof useTraceList>;
  orderBy: readonly OrderTerm<TraceOrderField>[];
  onOrder: (order: readonly OrderTerm[]) => void;
  layout: ColumnLayout;
  selection: Selection;
  isFiltered: boolean;
  onClearFilter: () => void;
}

const idOf = (trace: ListedTrace): string => trace.uuid;

/** The rows of the list, or their placeholder. */
export function TraceTable({ traces, orderBy, onOrder, layout, selection, isFiltered, onClearFilter }: Props): ReactElement {
  const columns = useMemo(() => layout.shown.flatMap((id) => columnOf(id) ?? []), [layout.shown]);
  const linkOf = useTraceLink();
  const failure = traces.error !== undefined && (
    <ErrorNotice
      title="The traces could not be loaded"
      errors={shownErrors(traces.error)}
      onRetry={traces.rows.length > 0 && !traces.isStale ? traces.loadMore : traces.reload}
      isInset
    />
  );
  if (traces.rows.length === 0) {
    return <div style={{ flex: 1 }}>{failure || (traces.isLoading ? <RowSkeletons count={16} /> : <NoTraces isFiltered={isFiltered} onClearFilter={onClearFilter} />)}</div>;
  }
  return (
    <DataTable
      label="Traces"
      columns={columns}
      layout={layout}
      pages={traces}
      idOf={idOf}
      reader={traceReader(traces.withMeta, traces.withScores)}
      linkOf={linkOf}
      order={orderBy}
      onOrder={onOrder}
      selection={selection}
    >
      {failure}
    </DataTable>
  );
}

/** A link to a trace's page, with the list it is opened from, so that the page can go on to the next trace. */
function useTraceLink(): (trace: ListedTrace) => string {
  const { search } = useLocation();
  return useMemo(() => {
    const kept = new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => ["where", "order"].includes(name)));
    const query = kept.size === 0 ? "" : `?${kept}`;
    return (trace) => `/traces/${trace.uuid}${query}`;
  }, [search]);
}

function NoTraces({ isFiltered, onClearFilter }: Pick<Props, "isFiltered" | "onClearFilter">): ReactElement {
  if (isFiltered) {
    return (
      <EmptyState title="No trace matches" actions={<Button onClick={onClearFilter}>Clear the filter</Button>}>
        Remove a condition, or search for other words. Searches find whole words only.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="There are no traces yet"
      actions={
        <Group>
          <Button component={Link} to="/traces/upload">
            Upload traces
          </Button>
          <Button component={Link} to="/" variant="default">
            Load the samples
          </Button>
        </Group>
      }
    >
      Upload your own in any import format, or load the samples from the overview.
    </EmptyState>
  );
}
