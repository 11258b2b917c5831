import { useApolloClient } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { IconDatabasePlus, IconUpload } from "@tabler/icons-react";
import { type ReactElement, useCallback, useMemo, useState } from "react";
import { Link } from "react-router";
import type { TraceWhere } from "../../../gql/graphql.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { TraceFilterBar } from "../../../shared/filter/TraceFilterBar.tsx";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { agreementAddress } from "../../../shared/scores/agreementAddress.ts";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useAllTicked, useSelection } from "../../../shared/table/useSelection.ts";
import { SavedViews } from "../../../shared/views/SavedViews.tsx";
import { BulkBar } from "../bulk/BulkBar.tsx";
import { recipeAddress } from "../bulk/target.ts";
import { scoreColumnId } from "./columns.tsx";
import { TraceColumns } from "./TraceColumns.tsx";
import { TraceTable } from "./TraceTable.tsx";
import classes from "./TracesPage.module.css";
import { TRACE_ORDER_FIELDS, useTraceList } from "./useTraceList.ts";
import { useUsualColumns } from "./useUsualColumns.ts";

const WITH_SCORES = [scoreColumnId("")];

/** The list of traces: filter, order, columns, and what to do with the ones that are selected. */
export function Component(): ReactElement {
  const [where, setWhere] = useUrlWhere(TRACE_SHAPE);
  const [orderBy, setOrder] = useUrlOrder(TRACE_ORDER_FIELDS);
  const { usual, scorers } = useUsualColumns();
  const layout = useColumns("traces", usual);
  // Which scorers are in use may become known after the list: with the usual columns it has the scores anyway.
  const needed = layout.shown === usual ? WITH_SCORES : layout.shown;
  const traces = useTraceList(where as TraceWhere, orderBy, needed);
  const selection = useSelection();
  const [allOf, setAllOf] = useState<Where | null>(null);
  const isAll = allOf === where;
  const loaded = useMemo(() => traces.rows.map(({ uuid }) => uuid), [traces.rows]);
  const leaveAll = useCallback(() => setAllOf(null), []);
  const ticked = useAllTicked(selection, isAll, loaded, leaveAll);
  const client = useApolloClient();
  const reload = (): void => {
    client.cache.evict({ id: "ROOT_QUERY", fieldName: "traces" });
    traces.reload();
  };
  const isFiltered = Object.keys(where).length > 0;
  const target = isAll
    ? ({ kind: "matching", where: where as TraceWhere, orderBy, count: traces.total ?? 0 } as const)
    : ({ kind: "ids", ids: [...selection.ids] } as const);
  return (
    <div className={classes.page}>
      <PageHeader title="Traces">
        <SavedViews page="TRACES" />
        <Button component={Link} to="/traces/upload" variant="default" leftSection={<IconUpload size={15} stroke={1.6} />}>
          Upload
        </Button>
        {isFiltered && (
          <Button
            component={Link}
            to={recipeAddress(where as TraceWhere, orderBy)}
            variant="default"
            leftSection={<IconDatabasePlus size={15} stroke={1.6} />}
          >
            Build a dataset
          </Button>
        )}
        {scorers.length > 1 && (
          <Button component={Link} to={agreementAddress({}, where as TraceWhere)} variant="default">
            Agreement
          </Button>
        )}
        <TraceColumns layout={layout} scorers={scorers} />
      </PageHeader>
      <TraceFilterBar where={where} onChange={setWhere} />
      <TraceTable traces={traces} orderBy={orderBy} onOrder={setOrder} layout={layout} selection={ticked} isFiltered={isFiltered} onClearFilter={() => setWhere({})} />
      {(selection.ids.size > 0 || isAll) && (
        <BulkBar
          target={target}
          matching={traces.total}
          onSelectAll={() => setAllOf(where)}
          onClear={ticked.clear}
          onScored={(scorer) => {
            layout.show([...new Set([...layout.shown, scoreColumnId(scorer)])]);
            reload();
          }}
          onDeleted={() => {
            ticked.clear();
            reload();
          }}
          onPartDeleted={(ids) => {
            // They are ticked all, so that this unticks them.
            selection.toggleAll(ids);
            reload();
          }}
        />
      )}
      <TableFooter
        loaded={traces.rows.length}
        total={traces.total}
        isFiltered={isFiltered}
        isBusy={traces.isLoading}
        selected={isAll ? (traces.total ?? 0) : selection.ids.size}
        onReload={traces.hasChanged ? traces.reload : undefined}
      />
    </div>
  );
}
