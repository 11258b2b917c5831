import { Box, Button } from "@mantine/core";
import { type ReactElement, type ReactNode, useMemo } from "react";
import { Link } from "react-router";
import type { TraceGroupWhere, TraceWhere } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import type { ColumnLayout } from "../../../shared/table/useColumns.ts";
import { groupAddress } from "../address.ts";
import { GROUP_COLUMNS, GROUP_FIELDS, type GroupRow } from "./columns.tsx";
import classes from "./GroupsPage.module.css";
import { useGroupList } from "./useGroupList.ts";

interface Props {
  where: TraceWhere;
  having: TraceGroupWhere;
  scorer: string | null;
  layout: ColumnLayout;
  /** Whether all prompts with several answers are shown. */
  isUsual: boolean;
}

const idOf = ({ key }: GroupRow): string => key;

/** The rows of the list of groups, or their placeholder. */
export function GroupTable({ where, having, scorer, layout, isUsual }: Props): ReactElement {
  const [orderBy, setOrder] = useUrlOrder(GROUP_FIELDS);
  const pages = useGroupList({ where, having, scorer, orderBy });
  const columns = useMemo(() => GROUP_COLUMNS.filter(({ id }) => layout.shown.includes(id)), [layout.shown]);
  const linkOf = ({ key }: GroupRow): string => groupAddress(key, { where: isEmpty(where) ? null : JSON.stringify(where), scorer });
  const error = pages.error !== undefined && (
    <Box px={16} py={12}>
      <ErrorNotice title="The groups could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} />
    </Box>
  );
  const instead = error || (pages.isLoading ? <RowSkeletons /> : <NoGroups isUsual={isUsual} />);
  return (
    <>
      <div className={classes.list}>
        {pages.rows.length === 0 ? (
          instead
        ) : (
          <DataTable
            label="Groups"
            columns={columns}
            layout={layout}
            pages={pages}
            idOf={idOf}
            reader={Plain}
            linkOf={linkOf}
            order={orderBy}
            onOrder={setOrder}
          >
            {error}
          </DataTable>
        )}
      </div>
      <TableFooter
        loaded={pages.rows.length}
        total={pages.total}
        isFiltered={!isUsual}
        isBusy={pages.isLoading}
        onReload={pages.hasChanged ? pages.reload : undefined}
      />
    </>
  );
}

/** Groups have no id by which the cache would keep them: a row has its fields itself. */
function Plain({ of, children }: { of: GroupRow; children: (row: GroupRow) => ReactNode }): ReactNode {
  return children(of);
}

function isEmpty(where: TraceWhere): boolean {
  return Object.keys(where).length === 0;
}

function NoGroups({ isUsual }: { isUsual: boolean }): ReactElement {
  return isUsual ? (
    <EmptyState
      title="No prompt has several answers yet"
      actions={
        <Button component={Link} to="/traces/upload" variant="default">
          Upload traces
        </Button>
      }
    >
      Traces of one prompt form a group: samples of a model, or of several. Generate some, or import them.
    </EmptyState>
  ) : (
    <EmptyState
      title="No group matches"
      actions={
        <Button component={Link} to="/groups" variant="default">
          Clear the filter
        </Button>
      }
    >
      Choose other groups, or remove a condition.
    </EmptyState>
  );
}
