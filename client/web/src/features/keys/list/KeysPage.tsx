import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactElement, ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { ApiKeyOrderField, ApiKeysQuery, ApiKeysQueryVariables, KeyRowFragment } from "../../../gql/graphql.ts";
import type { OrderTerm } from "../../../shared/table/order.ts";
import { SearchedTable } from "../../../shared/table/SearchedTable.tsx";
import { KEY_ROW } from "../documents.ts";
import { KEY_COLUMNS, KEY_FIELDS } from "./columns.tsx";

const KEYS = graphql(`
  query ApiKeys($where: ApiKeyWhere, $orderBy: [ApiKeyOrder!], $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: keys(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          ...KeyRow
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

type Variables = Pick<ApiKeysQueryVariables, "where" | "orderBy">;

const LABELS = { search: "Search by name or prefix", add: "New key" };
const NO_MATCH = { title: "No key matches", hint: "Look for another name, or for the first characters of a secret." };
const NOTHING = {
  title: "This server asks for no key",
  hint:
    "Everybody who can reach it may do everything. With a first key, every request needs one; a key for each person and program shows who made a score, a dataset or a run, and who did what.",
};

const pageOf = (data: ApiKeysQuery): ApiKeysQuery["page"] => data.page;
const linkOf = ({ uuid }: { uuid: string }): string => `/keys/${uuid}`;

/** Returns the filter by which a text is searched for in names and prefixes, and the order. */
function variablesOf(text: string | null, orderBy: OrderTerm<ApiKeyOrderField>[] | null): Variables {
  return { where: text === null ? {} : { or: [{ name: { contains: text } }, { prefix: { startsWith: text } }] }, orderBy };
}

interface ReaderProps {
  of: FragmentType<KeyRowFragment>;
  children: (row: KeyRowFragment | undefined) => ReactNode;
}

/** Reads a key's fields from the cache. */
function KeyReader({ of, children }: ReaderProps): ReactNode {
  const { data, complete } = useFragment({ fragment: KEY_ROW, from: of });
  return children(complete ? data : undefined);
}

/** The list of API keys, for administrators. */
export function Component(): ReactElement {
  return (
    <SearchedTable
      path="keys"
      title="API keys"
      labels={LABELS}
      document={KEYS}
      pageOf={pageOf}
      variablesOf={variablesOf}
      linkOf={linkOf}
      columns={KEY_COLUMNS}
      fields={KEY_FIELDS}
      reader={KeyReader}
      noMatch={NO_MATCH}
      nothing={NOTHING}
    />
  );
}
