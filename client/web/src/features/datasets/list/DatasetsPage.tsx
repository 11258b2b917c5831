import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { DatasetOrderField, DatasetsQuery, DatasetsQueryVariables } from "../../../gql/graphql.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { DATASET_SHAPE } from "../../../shared/filter/model/shapes.ts";
import type { OrderTerm } from "../../../shared/table/order.ts";
import { SearchedTable } from "../../../shared/table/SearchedTable.tsx";
import { SavedViews } from "../../../shared/views/SavedViews.tsx";
import { DATASET_COLUMNS, DATASET_FIELDS, USUAL_COLUMNS } from "./columns.tsx";
import { DatasetReader } from "./DatasetReader.tsx";
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

type Variables = Pick<DatasetsQueryVariables, "where" | "orderBy">;

const LABELS = { search: "Search by key", add: "New dataset" };
const NO_MATCH = { title: "No dataset matches", hint: "Change or clear the filter to see others." };
const NOTHING = {
  title: "There is no dataset yet",
  hint: "A dataset is an immutable selection of traces, to train or to evaluate on. Choose traces by a filter, and freeze them.",
};

const pageOf = (data: DatasetsQuery): DatasetsQuery["page"] => data.page;
const linkOf = ({ key }: DatasetsQuery["page"]["edges"][number]["node"]): string => `/datasets/${key}`;

function variablesOf(text: string | null, orderBy: OrderTerm<DatasetOrderField>[] | null, where: Where): Variables {
  return { where: datasetWhere(where, text), orderBy };
}

/** The list of datasets. */
export function Component(): ReactElement {
  return (
    <SearchedTable
      path="datasets"
      title="Datasets"
      labels={LABELS}
      shape={DATASET_SHAPE}
      document={DATASETS}
      pageOf={pageOf}
      variablesOf={variablesOf}
      linkOf={linkOf}
      columns={DATASET_COLUMNS}
      usual={USUAL_COLUMNS}
      fields={DATASET_FIELDS}
      reader={DatasetReader}
      buttons={<SavedViews page="DATASETS" />}
      noMatch={NO_MATCH}
      nothing={NOTHING}
    />
  );
}
