import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { EvaluationsQuery, EvaluationsQueryVariables, EvaluationOrderField } from "../../../gql/graphql.ts";
import type { OrderTerm } from "../../../shared/table/order.ts";
import { SearchedTable } from "../../../shared/table/SearchedTable.tsx";
import { EVALUATION_COLUMNS, EVALUATION_FIELDS } from "./columns.tsx";
import { EvaluationReader } from "./EvaluationReader.tsx";

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

type Variables = Pick<EvaluationsQueryVariables, "where" | "orderBy">;

const LABELS = { search: "Search by name", add: "New evaluation" };
const NO_MATCH = { title: "No evaluation matches", hint: "Look for another name, dataset or scorer." };
const NOTHING = {
  title: "There is no evaluation yet",
  hint: "An evaluation compares the answers of models, runs or any other traces on the prompts of a dataset, with the uncertainty of every difference.",
};

const pageOf = (data: EvaluationsQuery): EvaluationsQuery["page"] => data.page;
const linkOf = ({ uuid }: { uuid: string }): string => `/evaluations/${uuid}`;

/** Returns the filter by which a text is searched for in names, datasets and scorers, and the order. */
function variablesOf(text: string | null, orderBy: OrderTerm<EvaluationOrderField>[] | null): Variables {
  const contains = { contains: text };
  return { where: text === null ? {} : { or: [{ name: contains }, { datasetKey: contains }, { scorer: contains }] }, orderBy };
}

/** The list of evaluations. */
export function Component(): ReactElement {
  return (
    <SearchedTable
      path="evaluations"
      title="Evaluations"
      labels={LABELS}
      document={EVALUATIONS}
      pageOf={pageOf}
      variablesOf={variablesOf}
      linkOf={linkOf}
      columns={EVALUATION_COLUMNS}
      fields={EVALUATION_FIELDS}
      reader={EvaluationReader}
      noMatch={NO_MATCH}
      nothing={NOTHING}
    />
  );
}
