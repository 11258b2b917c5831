import { Button } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";
import { graphql } from "../../gql/gql.ts";
import type { AuditEventOrderField, AuditEventsQuery, AuditEventsQueryVariables, AuditEventWhere } from "../../gql/graphql.ts";
import type { Where } from "../../shared/filter/model/clauses.ts";
import type { Suggestions } from "../../shared/filter/suggestions.ts";
import { nameOf, useViewer } from "../../shared/session/viewer.ts";
import type { OrderTerm } from "../../shared/table/order.ts";
import { SearchedTable } from "../../shared/table/SearchedTable.tsx";
import { AUDIT_COLUMNS, AUDIT_FIELDS, type AuditRow } from "./columns.tsx";
import { objectPath } from "./objects.ts";
import { AUDIT_SHAPE } from "./shape.ts";

const AUDIT_EVENTS = graphql(`
  query AuditEvents($where: AuditEventWhere, $orderBy: [AuditEventOrder!], $first: Int, $after: String, $isFirst: Boolean! = true) {
    page: auditEvents(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          uuid
          at
          keyName
          address
          action
          outcome
          objectType
          objectUuid
          objectName
          objectCount
          requestId
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

type Variables = Pick<AuditEventsQueryVariables, "where" | "orderBy">;

const LABELS = {};
const NO_MATCH = { title: "No event matches", hint: "Change or clear the filter to see others." };

const pageOf = (data: AuditEventsQuery): AuditEventsQuery["page"] => data.page;

function variablesOf(_: string | null, orderBy: OrderTerm<AuditEventOrderField>[] | null, where: Where): Variables {
  // The filter has been checked against the shape.
  return { where: where as AuditEventWhere, orderBy };
}

/** Returns the values of the loaded events, for the editors of conditions. */
function suggestionsOf(rows: readonly AuditRow[]): Suggestions {
  const valuesOf = (field: "action" | "keyName" | "objectType" | "address"): string[] => [...new Set(rows.flatMap((row) => row[field] ?? []))].toSorted();
  const fields = ["action", "keyName", "objectType", "address"] as const;
  return { values: Object.fromEntries(fields.map((field) => [`AuditEventWhere.${field}`, valuesOf(field)])), metaPaths: [] };
}

/** Events never change, so that nothing has to be read again. */
function AuditReader({ of, children }: { of: AuditRow; children: (row: AuditRow) => ReactNode }): ReactNode {
  return children(of);
}

/** The audit log, for administrators: who did what to which object, when, and from where. */
export function Component(): ReactElement {
  const viewer = useViewer();
  const isOpen = viewer !== undefined && nameOf(viewer) === null;
  return (
    <SearchedTable
      path="audit"
      title="Audit log"
      noun="audit log"
      labels={LABELS}
      shape={AUDIT_SHAPE}
      suggestionsOf={suggestionsOf}
      document={AUDIT_EVENTS}
      pageOf={pageOf}
      variablesOf={variablesOf}
      linkOf={objectPath}
      columns={AUDIT_COLUMNS}
      fields={AUDIT_FIELDS}
      reader={AuditReader}
      noMatch={NO_MATCH}
      nothing={isOpen ? WITHOUT_KEYS : NOTHING}
    />
  );
}

const NOTHING = {
  title: "Nothing is recorded yet",
  hint: "Mutations, uploads, sign-ins, downloads of exports and refusals appear here, newest first.",
};

const WITHOUT_KEYS = {
  title: "Nothing is recorded without keys",
  hint: "As soon as the server has API keys, it records who did what to which object, when, and from where.",
  actions: (
    <Button component={Link} to="/keys/new">
      Create the first key
    </Button>
  ),
};
