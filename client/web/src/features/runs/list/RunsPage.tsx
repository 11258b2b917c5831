import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { FilterBar } from "../../../shared/filter/FilterBar.tsx";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { SearchField } from "../../../shared/filter/SearchField.tsx";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { numberOf } from "../../../shared/format/numbers.ts";
import { AwayBanner } from "../../../shared/live/AwayBanner.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { ColumnChooser } from "../../../shared/table/ColumnChooser.tsx";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import { Toolbar } from "../../../shared/table/Toolbar.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useSelection } from "../../../shared/table/useSelection.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { SavedViews } from "../../../shared/views/SavedViews.tsx";
import { CompareButton } from "./CompareButton.tsx";
import { metricOf, OWN_COLUMNS, USUAL_COLUMNS } from "./columns.tsx";
import { MetricChooser } from "./MetricChooser.tsx";
import { sortFields } from "./order.ts";
import classes from "./RunsPage.module.css";
import { RunsTable } from "./RunsTable.tsx";
import { RUN_SHAPE } from "./runShape.ts";
import { useMetricNames } from "./useMetricNames.ts";
import { useRunList } from "./useRunList.ts";

/** The list of runs: live status, columns of parameters and metrics, filter, order, and the choice of runs to compare. */
export function Component(): ReactElement {
  const [where, setWhere] = useUrlWhere(RUN_SHAPE);
  const [search, setSearch] = useUrlText("q");
  const layout = useColumns("runs", USUAL_COLUMNS);
  const fields = useMemo(() => sortFields(layout.shown.flatMap((id) => metricOf(id) ?? [])), [layout.shown]);
  const [order, setOrder] = useUrlOrder(fields);
  const asked = useMemo(() => searchWhere(where, search ?? ""), [where, search]);
  const { pages, newCount, isAway, reload } = useRunList({ where: asked, order, withNotes: layout.shown.includes("notes") });
  const selection = useSelection();
  const metrics = useMetricNames(pages.rows);
  const suggestions = useMemo(() => ({ values: { "RunWhere.metrics": metrics }, metaPaths: [] }), [metrics]);
  const isFiltered = Object.keys(asked).length > 0;
  return (
    <div className={classes.page}>
      <PageHeader title="Runs" aside={newCount > 0 && <NewRuns count={newCount} onShow={reload} />}>
        <SavedViews page="RUNS" />
        <Tooltip label="Refresh">
          <ActionIcon size={30} variant="default" aria-label="Refresh" onClick={reload}>
            <IconRefresh size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <ColumnChooser columns={OWN_COLUMNS} shown={layout.shown} onShow={layout.show}>
          <MetricChooser metrics={metrics} shown={layout.shown} onShow={layout.show} />
        </ColumnChooser>
        <CompareButton ids={[...selection.ids]} />
        <Button component={Link} to="/runs/new">
          Start a run
        </Button>
      </PageHeader>
      <Toolbar>
        <SearchField text={search ?? ""} onSearch={(text) => setSearch(text || null)} label="Search the runs" placeholder="Name, model or dataset ( / )" />
        <FilterBar shape={RUN_SHAPE} where={where} onChange={setWhere} suggestions={suggestions} />
      </Toolbar>
      <RunsTable
        pages={pages}
        layout={layout}
        order={order}
        onOrder={setOrder}
        selection={selection}
        isFiltered={isFiltered}
        onClear={() => {
          setSearch(null);
          setWhere({});
        }}
        onRetry={reload}
      />
      <TableFooter loaded={pages.rows.length} total={pages.total} isFiltered={isFiltered} isBusy={pages.isLoading} selected={selection.ids.size} />
      <AwayBanner isAway={isAway} />
    </div>
  );
}

function NewRuns({ count, onShow }: { count: number; onShow: () => void }): ReactElement {
  return (
    <Button variant="light" size="compact-sm" onClick={onShow}>
      Show {numberOf(count, "new run")}
    </Button>
  );
}

/** Returns a filter of which the name, the model or the dataset also has a text. */
function searchWhere(where: Where, text: string): Where {
  if (text === "") {
    return where;
  }
  const named = { or: ["outputName", "modelId", "datasetKey"].map((field) => ({ [field]: { contains: text } })) };
  return Object.keys(where).length === 0 ? named : { and: [where, named] };
}
