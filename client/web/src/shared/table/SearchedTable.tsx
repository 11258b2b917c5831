import type { OperationVariables, TypedDocumentNode } from "@apollo/client";
import { Box, Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactElement, type ReactNode, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { EmptyState } from "../feedback/EmptyState.tsx";
import { ErrorNotice } from "../feedback/ErrorNotice.tsx";
import { shownErrors } from "../feedback/errors.ts";
import { RowSkeletons } from "../feedback/RowSkeletons.tsx";
import { FilterBar } from "../filter/FilterBar.tsx";
import type { Where } from "../filter/model/clauses.ts";
import type { FilterShape } from "../filter/model/shapes.ts";
import { NO_SUGGESTIONS, type Suggestions } from "../filter/suggestions.ts";
import { useUrlWhere } from "../filter/useUrlWhere.ts";
import { useKeys } from "../keyboard/Keys.tsx";
import { PageHeader } from "../PageHeader.tsx";
import { type Page, type PageVariables, usePages } from "../paging/usePages.ts";
import { usePageQuery } from "../query/PageQuery.tsx";
import { useUrlText } from "../url/useUrlState.ts";
import { ColumnChooser } from "./ColumnChooser.tsx";
import type { Column, RowReader } from "./columns.ts";
import { DataTable } from "./DataTable.tsx";
import { type OrderTerm, useUrlOrder } from "./order.ts";
import classes from "./SearchedTable.module.css";
import { TableFooter } from "./TableFooter.tsx";
import { TableSearch } from "./TableSearch.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useColumns } from "./useColumns.ts";

interface Listed {
  id: string;
}

interface Props<Data, Variables extends OperationVariables & PageVariables, Ref extends Listed, Row, Field extends string> {
  /** The listed objects as URLs name them, such as "runs". */
  path: string;
  title: string;
  /** The name of the list in messages; `path` by default. */
  noun?: string;
  /** The label of the search, and of the button that starts another row; without one there is none. */
  labels: { search?: string; add?: string };
  /** The conditions of a filter bar; without them there is none. */
  shape?: FilterShape;
  /** The values that the filter bar suggests. */
  suggestionsOf?: (rows: readonly Ref[]) => Suggestions;
  document: TypedDocumentNode<Data, Variables>;
  pageOf: (data: Data) => Page<Ref>;
  /** The filter and order of a searched text and the filter bar. */
  variablesOf: (text: string | null, orderBy: OrderTerm<Field>[] | null, where: Where) => Omit<Variables, keyof PageVariables>;
  /** The page of a row. */
  linkOf: (row: Ref) => string | undefined;
  columns: readonly Column<Row>[];
  /** The ids of the columns that are shown at first; all by default. */
  usual?: readonly string[];
  /** The fields that the headers sort by. */
  fields: readonly Field[];
  reader: RowReader<Ref, Row>;
  /** Buttons beside that for another row. */
  buttons?: ReactNode;
  /** The placeholders for no row that matches the search, and for no row at all, with other buttons than that for another row. */
  noMatch: { title: string; hint: ReactNode };
  nothing: { title: string; hint: ReactNode; actions?: ReactNode };
}

const idOf = ({ id }: Listed): string => id;
const NO_SHAPE: FilterShape = { type: "", fields: {} };
const NOTHING_SUGGESTED = (): Suggestions => NO_SUGGESTIONS;

/** A page that lists the objects of one kind, with a search or a filter bar, an order and a button for another one. */
export function SearchedTable<Data, Variables extends OperationVariables & PageVariables, Ref extends Listed, Row, Field extends string>(
  props: Props<Data, Variables, Ref, Row, Field>,
): ReactElement {
  const { path, title, labels, document, columns, fields, variablesOf, shape = NO_SHAPE, suggestionsOf = NOTHING_SUGGESTED } = props;
  const [search, setSearch] = useUrlText("q");
  const [where, setWhere] = useUrlWhere(shape);
  const [orderBy, setOrder] = useUrlOrder(fields);
  const variables = useMemo(
    () => variablesOf(search, orderBy.length === 0 ? null : [...orderBy], where),
    [variablesOf, search, orderBy, where],
  );
  const pages = usePages({ document, variables, pageOf: props.pageOf });
  usePageQuery(document, { ...variables, first: 100 });
  const all = useMemo(() => columns.map(({ id }) => id), [columns]);
  const layout = useColumns(path, props.usual ?? all);
  const shown = useMemo(() => columns.filter(({ id }) => layout.shown.includes(id)), [columns, layout.shown]);
  const errors = pages.error === undefined ? [] : shownErrors(pages.error);
  // Who may not read the list may not add to it.
  const addLabel = errors.some(({ code }) => code === "FORBIDDEN") ? undefined : labels.add;
  useAddKey(title, addLabel, `/${path}/new`);
  const isFiltered = search !== null || Object.keys(where).length > 0;
  const suggestions = useMemo(() => suggestionsOf(pages.rows), [suggestionsOf, pages.rows]);
  const add = addLabel !== undefined && (
    <Button component={Link} to={`/${path}/new`} leftSection={<IconPlus size={14} />}>
      {addLabel}
    </Button>
  );
  const error = errors.length > 0 && (
    <Box px={16} py={12}>
      <ErrorNotice title={`The ${props.noun ?? path} could not be loaded`} errors={errors} onRetry={pages.reload} />
    </Box>
  );
  const clear = (): void => {
    setSearch(null);
    setWhere({});
  };
  const empty = isFiltered ? (
    <EmptyState
      title={props.noMatch.title}
      actions={
        <Button variant="default" onClick={clear}>
          Clear the filter
        </Button>
      }
    >
      {props.noMatch.hint}
    </EmptyState>
  ) : (
    <EmptyState title={props.nothing.title} actions={props.nothing.actions ?? add}>
      {props.nothing.hint}
    </EmptyState>
  );
  return (
    <div className={classes.page}>
      <PageHeader title={title}>
        {props.buttons}
        <ColumnChooser columns={columns} shown={layout.shown} onShow={layout.show} />
        {add}
      </PageHeader>
      <Toolbar>
        {labels.search !== undefined && <TableSearch label={labels.search} value={search} onChange={setSearch} />}
        {shape !== NO_SHAPE && <FilterBar shape={shape} where={where} onChange={setWhere} suggestions={suggestions} />}
      </Toolbar>
      <div className={classes.list}>
        {pages.rows.length === 0 ? (
          error || (pages.isLoading ? <RowSkeletons /> : empty)
        ) : (
          <DataTable
            label={title}
            columns={shown}
            layout={layout}
            pages={pages}
            idOf={idOf}
            reader={props.reader}
            linkOf={props.linkOf}
            order={orderBy}
            onOrder={(order) => setOrder(order as OrderTerm<Field>[])}
          >
            {error}
          </DataTable>
        )}
      </div>
      {(errors.length === 0 || pages.rows.length > 0) && (
        <TableFooter
          loaded={pages.rows.length}
          total={pages.total}
          isFiltered={isFiltered}
          isBusy={pages.isLoading}
          onReload={pages.hasChanged ? pages.reload : undefined}
        />
      )}
    </div>
  );
}

/** Binds the key of the button for another row, if there is one. */
function useAddKey(heading: string, label: string | undefined, path: string): void {
  const navigate = useNavigate();
  useKeys(heading, useMemo(() => (label === undefined ? [] : [{ keys: "n", label, run: () => void navigate(path) }]), [label, path, navigate]));
}
