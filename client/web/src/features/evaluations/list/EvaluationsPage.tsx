import { Box, Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactElement, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { EvaluationsQuery } from "../../../gql/graphql.ts";
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
import { EVALUATION_COLUMNS, EVALUATION_FIELDS, USUAL_COLUMNS } from "./columns.tsx";
import { EvaluationReader } from "./EvaluationReader.tsx";
import classes from "./EvaluationsPage.module.css";

const EVALUATIONS = graphql(`
  query Evaluations($where: EvaluationWhere, $orderBy: [EvaluationOrder!], $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: evaluations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          ...EvaluationRow
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

type Listed = EvaluationsQuery["page"]["edges"][number]["node"];

const pageOf = (data: EvaluationsQuery): EvaluationsQuery["page"] => data.page;
const linkOf = ({ uuid }: Listed): string => `/evaluations/${uuid}`;
const idOf = ({ id }: Listed): string => id;

/** The list of evaluations. */
export function Component(): ReactElement {
  const [search, setSearch] = useUrlText("q");
  const [orderBy, setOrder] = useUrlOrder(EVALUATION_FIELDS);
  const variables = useMemo(() => ({ where: searched(search), orderBy: orderBy.length === 0 ? null : [...orderBy] }), [search, orderBy]);
  const pages = usePages({ document: EVALUATIONS, variables, pageOf });
  usePageQuery(EVALUATIONS, { ...variables, first: 100 });
  const layout = useColumns("evaluations", USUAL_COLUMNS);
  const navigate = useNavigate();
  useKeys("Evaluations", useMemo(() => [{ keys: "n", label: "New evaluation", run: () => void navigate("/evaluations/new") }], [navigate]));
  const error = pages.error !== undefined && (
    <Box px={16} py={12}>
      <ErrorNotice title="The evaluations could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} />
    </Box>
  );
  return (
    <div className={classes.page}>
      <PageHeader title="Evaluations">
        <NewButton />
      </PageHeader>
      <Group px="md" pb="xs">
        <TableSearch label="Search by name" value={search} onChange={setSearch} />
      </Group>
      <div className={classes.list}>
        {pages.rows.length === 0 ? (
          error || (pages.isLoading ? <RowSkeletons /> : <NoEvaluations isFiltered={search !== null} />)
        ) : (
          <DataTable
            label="Evaluations"
            columns={EVALUATION_COLUMNS}
            layout={layout}
            pages={pages}
            idOf={idOf}
            reader={EvaluationReader}
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

/** Returns the filter of what a text is looked for in: names, datasets and scorers. */
function searched(text: string | null): object {
  const contains = { contains: text };
  return text === null ? {} : { or: [{ name: contains }, { datasetKey: contains }, { scorer: contains }] };
}

function NewButton(): ReactElement {
  return (
    <Button component={Link} to="/evaluations/new" leftSection={<IconPlus size={14} />}>
      New evaluation
    </Button>
  );
}

function NoEvaluations({ isFiltered }: { isFiltered: boolean }): ReactElement {
  return isFiltered ? (
    <EmptyState title="No evaluation matches">Look for another name, dataset or scorer.</EmptyState>
  ) : (
    <EmptyState title="There is no evaluation yet" actions={<NewButton />}>
      An evaluation compares the answers of models, runs or any other traces on the prompts of a dataset, with the uncertainty
      of every difference.
    </EmptyState>
  );
}
