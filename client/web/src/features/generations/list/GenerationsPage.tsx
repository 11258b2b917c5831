import { Box, Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactElement, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { GenerationsQuery } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePages } from "../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { DataTable } from "../../../shared/table/DataTable.tsx";
import { useUrlOrder } from "../../../shared/table/order.ts";
import { TableFooter } from "../../../shared/table/TableFooter.tsx";
import { TableSearch } from "../../../shared/table/TableSearch.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { GENERATION_COLUMNS, GENERATION_FIELDS, USUAL_COLUMNS } from "./columns.tsx";
import { GenerationReader } from "./GenerationReader.tsx";
import classes from "./GenerationsPage.module.css";

const GENERATIONS = graphql(`
  query Generations($where: GenerationWhere, $orderBy: [GenerationOrder!], $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: generations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          ...GenerationRow
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

type Listed = GenerationsQuery["page"]["edges"][number]["node"];

const pageOf = (data: GenerationsQuery): GenerationsQuery["page"] => data.page;
const linkOf = ({ uuid }: Listed): string => `/generations/${uuid}`;
const idOf = ({ id }: Listed): string => id;

/** The list of generations. */
export function Component(): ReactElement {
  const [search, setSearch] = useUrlText("q");
  const [orderBy, setOrder] = useUrlOrder(GENERATION_FIELDS);
  const variables = useMemo(() => ({ where: searched(search), orderBy: orderBy.length === 0 ? null : [...orderBy] }), [search, orderBy]);
  const pages = usePages({ document: GENERATIONS, variables, pageOf });
  usePageQuery(GENERATIONS, { ...variables, first: 100 });
  const layout = useColumns("generations", USUAL_COLUMNS);
  const navigate = useNavigate();
  useKeys("Generations", useMemo(() => [{ keys: "n", label: "Generate answers", run: () => void navigate("/generations/new") }], [navigate]));
  const error = pages.error !== undefined && (
    <Box px={16} py={12}>
      <ErrorNotice title="The generations could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} />
    </Box>
  );
  return (
    <div className={classes.page}>
      <PageHeader title="Generations">
        <NewButton />
      </PageHeader>
      <Group px="md" pb="xs">
        <TableSearch label="Search by model" value={search} onChange={setSearch} />
      </Group>
      <div className={classes.list}>
        {pages.rows.length === 0 ? (
          error || (pages.isLoading ? <RowSkeletons /> : <NoGenerations isFiltered={search !== null} />)
        ) : (
          <DataTable
            label="Generations"
            columns={GENERATION_COLUMNS}
            layout={layout}
            pages={pages}
            idOf={idOf}
            reader={GenerationReader}
            linkOf={linkOf}
            order={orderBy}
            onOrder={setOrder}
          >
            {error}
          </DataTable>
        )}
      </div>
      <TableFooter loaded={pages.rows.length} total={pages.total} isFiltered={search !== null} isBusy={pages.isLoading} />
    </div>
  );
}

/** Returns the filter of the models that have a text in their id. */
function searched(text: string | null): object {
  return text === null ? {} : { modelId: { contains: text } };
}

function NewButton(): ReactElement {
  return (
    <Button component={Link} to="/generations/new" leftSection={<IconPlus size={14} />}>
      Generate answers
    </Button>
  );
}

function NoGenerations({ isFiltered }: { isFiltered: boolean }): ReactElement {
  return isFiltered ? (
    <EmptyState title="No generation matches">Look for another model.</EmptyState>
  ) : (
    <EmptyState title="Nothing was generated yet" actions={<NewButton />}>
      A model answers the prompts of a dataset; its answers become traces, graded at once.
    </EmptyState>
  );
}
