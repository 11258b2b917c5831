import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactElement, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { DatasetsQuery } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { FilterBar } from "../../../shared/filter/FilterBar.tsx";
import { DATASET_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { type Pages, usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { ColumnChooser } from "../../../shared/table/ColumnChooser.tsx";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import { TableSearch } from "../../../shared/table/TableSearch.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { SavedViews } from "../../../shared/views/SavedViews.tsx";
import { DATASET_COLUMNS, DATASET_FIELDS, USUAL_COLUMNS } from "./columns.tsx";
import { DatasetReader } from "./DatasetReader.tsx";
import classes from "./DatasetsPage.module.css";
import { datasetWhere } from "./filter.ts";

const DATASETS = graphql(`
  query Datasets($where: DatasetWhere, $orderBy: [DatasetOrder!], $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: datasets(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          key
          ...DatasetRow
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

type Dataset = DatasetsQuery["page"]["edges"][number]["node"];

const pageOf = (data: DatasetsQuery): DatasetsQuery["page"] => data.page;
const linkOf = ({ key }: Dataset): string => `/datasets/${key}`;
const idOf = ({ id }: Dataset): string => id;

/** The list of datasets. */
export function Component(): ReactElement {
  const [search, setSearch] = useUrlText("q");
  const [where, setWhere] = useUrlWhere(DATASET_SHAPE);
  const [orderBy, setOrder] = useUrlOrder(DATASET_FIELDS);
  const variables = useMemo(
    () => ({ where: datasetWhere(where, search), orderBy: orderBy.length === 0 ? null : [...orderBy] }),
    [where, search, orderBy],
  );
  const pages = usePages({ document: DATASETS, variables, pageOf });
  usePageQuery(DATASETS, { ...variables, first: 100 });
  const layout = useColumns("datasets", USUAL_COLUMNS);
  const columns = useMemo(() => DATASET_COLUMNS.filter(({ id }) => layout.shown.includes(id)), [layout.shown]);
  const isFiltered = search !== null || Object.keys(where).length > 0;
  const navigate = useNavigate();
  useKeys("Datasets", useMemo(() => [{ keys: "n", label: "New dataset", run: () => void navigate("/datasets/new") }], [navigate]));
  return (
    <div className={classes.page}>
      <PageHeader title="Datasets">
        <SavedViews page="DATASETS" />
        <NewButton />
      </PageHeader>
      <Group px="md" pb="xs" gap="xs" className={classes.tools}>
        <TableSearch label="Search by key" value={search} onChange={setSearch} />
        <FilterBar shape={DATASET_SHAPE} where={where} onChange={setWhere} />
        <Group ml="auto">
          <ColumnChooser columns={DATASET_COLUMNS} shown={layout.shown} onShow={layout.show} />
        </Group>
      </Group>
      <div className={classes.list}>
        <Instead pages={pages} isFiltered={isFiltered}>
          <DataTable
            label="Datasets"
            columns={columns}
            layout={layout}
            pages={pages}
            idOf={idOf}
            reader={DatasetReader}
            linkOf={linkOf}
            order={orderBy}
            onOrder={setOrder}
          >
            {pages.error !== undefined && <Failed pages={pages} />}
          </DataTable>
        </Instead>
      </div>
      <TableFooter loaded={pages.rows.length} total={pages.total} isFiltered={isFiltered} isBusy={pages.isLoading} />
    </div>
  );
}

function Failed({ pages }: { pages: Pages<Dataset> }): ReactElement {
  return (
    <div className={classes.failed}>
      <ErrorNotice title="The datasets could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} />
    </div>
  );
}

function NewButton(): ReactElement {
  return (
    <Button component={Link} to="/datasets/new" leftSection={<IconPlus size={14} />}>
      New dataset
    </Button>
  );
}

/** The placeholder of the table: an error, skeletons, or the empty state. */
function Instead({ pages, isFiltered, children }: { pages: Pages<Dataset>; isFiltered: boolean; children: ReactElement }): ReactElement {
  if (pages.rows.length > 0) {
    return children;
  }
  if (pages.error !== undefined) {
    return <Failed pages={pages} />;
  }
  if (pages.isLoading) {
    return <RowSkeletons />;
  }
  return isFiltered ? (
    <EmptyState title="No dataset matches">Change or clear the filter to see others.</EmptyState>
  ) : (
    <EmptyState title="There is no dataset yet" actions={<NewButton />}>
      A dataset is an immutable selection of traces, to train or to evaluate on. Choose traces by a filter, and freeze them.
    </EmptyState>
  );
}
