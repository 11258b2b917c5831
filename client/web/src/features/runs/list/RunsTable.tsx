import { Button } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import type { Pages } from "../../../shared/paging/usePages.ts";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import type { OrderTerm } from "../../../shared/table/order.ts";
import type { ColumnLayout } from "../../../shared/table/useColumns.ts";
import type { Selection } from "../../../shared/table/useSelection.ts";
import { columnOf } from "./columns.tsx";
import type { SortField } from "./order.ts";
import { runReader } from "./RunReader.tsx";
import classes from "./RunsPage.module.css";
import type { RunRef } from "./useRunList.ts";

interface Props {
  pages: Pages<RunRef>;
  layout: ColumnLayout;
  order: readonly OrderTerm<SortField>[];
  onOrder: (order: readonly OrderTerm[]) => void;
  selection: Selection;
  isFiltered: boolean;
  /** Takes the filter away. */
  onClear: () => void;
  onRetry: () => void;
}

/** The rows of the list of runs, or their placeholder. */
export function RunsTable({ pages, layout, order, onOrder, selection, isFiltered, onClear, onRetry }: Props): ReactElement {
  const columns = useMemo(() => layout.shown.flatMap((id) => columnOf(id) ?? []), [layout.shown]);
  const error = pages.error !== undefined && (
    <div className={classes.error}>
      <ErrorNotice title="The runs could not be loaded" errors={shownErrors(pages.error)} onRetry={onRetry} />
      {order.length > 0 && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => onOrder([])}>
          Sort by time of creation
        </Button>
      )}
    </div>
  );
  if (pages.rows.length === 0) {
    return <div className={classes.empty}>{error || (pages.isLoading ? <RowSkeletons /> : <NoRuns isFiltered={isFiltered} onClear={onClear} />)}</div>;
  }
  return (
    <>
      {error}
      <DataTable
        label="Runs"
        columns={columns}
        layout={layout}
        pages={pages}
        idOf={(run) => run.uuid}
        reader={runReader(layout.shown.includes("notes"))}
        linkOf={(run) => `/runs/${run.uuid}`}
        order={order}
        onOrder={onOrder}
        selection={selection}
      />
    </>
  );
}

function NoRuns({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }): ReactElement {
  return isFiltered ? (
    <EmptyState title="No runs match" actions={<Button variant="default" onClick={onClear}>Clear the filter</Button>}>
      No run meets all conditions of the filter.
    </EmptyState>
  ) : (
    <EmptyState
      title="No runs found"
      actions={
        <Button component={Link} to="/runs/new">
          Start a run
        </Button>
      }
    >
      A run trains a model on a dataset, or checks that it could. Its status, logs, metrics and checkpoints are kept here.
    </EmptyState>
  );
}
