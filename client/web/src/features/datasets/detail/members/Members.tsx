import { Button, Group } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetMembersQuery } from "../../../../gql/graphql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { type Page, usePages } from "../../../../shared/paging/usePages.ts";
import { usePageQuery } from "../../../../shared/query/PageQuery.tsx";
import { ColumnChooser } from "../../../../shared/table/ColumnChooser.tsx";
import { DataTable } from "../../../../shared/table/DataTable.tsx";
import { useUrlOrder } from "../../../../shared/table/order.ts";
import { TableFooter } from "../../../../shared/table/TableFooter.tsx";
import { TableSearch } from "../../../../shared/table/TableSearch.tsx";
import { useColumns } from "../../../../shared/table/useColumns.ts";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import { MEMBER_COLUMNS, MEMBER_FIELDS, USUAL_COLUMNS } from "./columns.tsx";
import { MemberReader } from "./MemberReader.tsx";
import classes from "./Members.module.css";

const MEMBERS = graphql(`
  query DatasetMembers(
    $id: ID!
    $where: TraceWhere
    $orderBy: [TraceOrder!]
    $first: Int
    $after: String
    $isFirst: Boolean! = true
  ) {
    dataset(id: $id) {
      id
      page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
        edges {
          node {
            id
            uuid
            ...MemberRow
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
        totalCount @include(if: $isFirst)
      }
    }
  }
`);

type MembersPage = NonNullable<DatasetMembersQuery["dataset"]>["page"];
type Member = MembersPage["edges"][number]["node"];

const NONE: Page<Member> = { edges: [], pageInfo: { hasNextPage: false, endCursor: null }, totalCount: 0 };
const pageOf = (data: DatasetMembersQuery): Page<Member> => data.dataset?.page ?? NONE;
const linkOf = ({ uuid }: Member): string => `/traces/${uuid}`;
const idOf = ({ id }: Member): string => id;

/** The members of a dataset, in its order or another. */
export function Members({ id, datasetKey }: { id: string; datasetKey: string }): ReactElement {
  const [search, setSearch] = useUrlText("q");
  const [orderBy, setOrder] = useUrlOrder(MEMBER_FIELDS);
  const layout = useColumns("members", USUAL_COLUMNS);
  const columns = useMemo(() => MEMBER_COLUMNS.filter((column) => layout.shown.includes(column.id)), [layout.shown]);
  const variables = useMemo(
    () => ({ id, where: search === null ? {} : { search }, orderBy: orderBy.length === 0 ? null : [...orderBy] }),
    [id, search, orderBy],
  );
  const pages = usePages({ document: MEMBERS, variables, pageOf });
  usePageQuery(MEMBERS, { ...variables, first: 100 });
  return (
    <div className={classes.members}>
      <Group px="md" py="xs" gap="xs" wrap="nowrap">
        <TableSearch label="Search the members" value={search} onChange={setSearch} />
        <Group gap="xs" ml="auto" wrap="nowrap">
          <Button component={Link} variant="default" to={`/traces?${new URLSearchParams({ where: membersWhere(datasetKey) })}`}>
            Open in Traces
          </Button>
          <ColumnChooser columns={MEMBER_COLUMNS} shown={layout.shown} onShow={layout.show} />
        </Group>
      </Group>
      <DataTable
        label="Members"
        columns={columns}
        layout={layout}
        pages={pages}
        idOf={idOf}
        reader={MemberReader}
        linkOf={linkOf}
        order={orderBy}
        onOrder={setOrder}
      >
        {pages.error !== undefined && (
          <ErrorNotice title="The members could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} />
        )}
      </DataTable>
      <TableFooter loaded={pages.rows.length} total={pages.total} isFiltered={search !== null} isBusy={pages.isLoading} />
    </div>
  );
}

function membersWhere(key: string): string {
  return JSON.stringify({ datasets: { some: { key: { eq: key } } } });
}
