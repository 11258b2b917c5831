import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { GenerationsQuery, GenerationsQueryVariables, GenerationOrderField } from "../../../gql/graphql.ts";
import type { OrderTerm } from "../../../shared/table/order.ts";
import { SearchedTable } from "../../../shared/table/SearchedTable.tsx";
import { GENERATION_COLUMNS, GENERATION_FIELDS } from "./columns.tsx";
import { GenerationReader } from "./GenerationReader.tsx";

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

type Variables = Pick<GenerationsQueryVariables, "where" | "orderBy">;

const LABELS = { search: "Search by model", add: "Generate answers" };
const NO_MATCH = { title: "No generation matches", hint: "Look for another model." };
const NOTHING = {
  title: "Nothing was generated yet",
  hint: "A model answers the prompts of a dataset; its answers become traces, graded at once.",
};

const pageOf = (data: GenerationsQuery): GenerationsQuery["page"] => data.page;
const linkOf = ({ uuid }: { uuid: string }): string => `/generations/${uuid}`;

/** Returns the filter of the models that have a text in their id, and the order. */
function variablesOf(text: string | null, orderBy: OrderTerm<GenerationOrderField>[] | null): Variables {
  return { where: text === null ? {} : { modelId: { contains: text } }, orderBy };
}

/** The list of generations. */
export function Component(): ReactElement {
  return (
    <SearchedTable
      path="generations"
      title="Generations"
      labels={LABELS}
      document={GENERATIONS}
      pageOf={pageOf}
      variablesOf={variablesOf}
      linkOf={linkOf}
      columns={GENERATION_COLUMNS}
      fields={GENERATION_FIELDS}
      reader={GenerationReader}
      noMatch={NO_MATCH}
      nothing={NOTHING}
    />
  );
}
