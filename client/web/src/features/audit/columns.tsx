import type { ReactNode } from "react";
import type { AuditEventOrderField, AuditEventsQuery } from "../../gql/graphql.ts";
import { RelativeTime } from "../../shared/format/RelativeTime.tsx";
import { Mark } from "../../shared/health/Mark.tsx";
import type { Column } from "../../shared/table/columns.ts";
import classes from "./Audit.module.css";
import { objectText } from "./objects.ts";

/** An event of the audit log. */
export type AuditRow = AuditEventsQuery["page"]["edges"][number]["node"];
type AuditColumn = Column<AuditRow> & { orderField?: AuditEventOrderField };

/** The columns of the audit log. */
export const AUDIT_COLUMNS: readonly AuditColumn[] = [
  { id: "action", header: "Action", width: 200, orderField: "ACTION", cell: ({ action }) => <code title={action}>{action}</code> },
  { id: "outcome", header: "Outcome", width: 116, cell: outcome },
  { id: "who", header: "Who", width: 160, orderField: "KEY_NAME", cell: who },
  { id: "object", header: "Object", width: 216, grows: true, cell: object },
  { id: "when", header: "When", width: 120, orderField: "AT", cell: ({ at }) => <RelativeTime at={at} /> },
  { id: "address", header: "Address", width: 140, cell: ({ address }) => address ?? quiet("none") },
  { id: "request", header: "Request", width: 150, cell: ({ requestId }) => requestId !== null && <code title={requestId}>{requestId}</code> },
];

/** The fields that the headers sort by. */
export const AUDIT_FIELDS = AUDIT_COLUMNS.flatMap(({ orderField }) => orderField ?? []);

function quiet(text: string): ReactNode {
  return <span className={classes.quiet}>{text}</span>;
}

/** The type of the object and its name; of one that does not exist, its UUID. */
function object(event: AuditRow): ReactNode {
  const { objectType, objectUuid, objectName } = event;
  const text = objectText(event);
  const isGone = objectUuid !== null && objectName === null;
  return (
    objectType !== null && (
      <span title={isGone ? `${objectType} ${text} does not exist any more` : `${objectType} ${objectUuid ?? text}`}>
        {quiet(objectType)} {isGone ? quiet(text) : <bdi>{text}</bdi>}
      </span>
    )
  );
}

/** The key or user; for events without either, how the client came in. */
function who({ keyName, address, action }: AuditRow): ReactNode {
  if (keyName !== null) {
    return <bdi>{keyName}</bdi>;
  }
  return quiet(address === null ? "command line" : action.startsWith("GET ") ? "signed URL" : "no key");
}

function outcome({ outcome: its }: AuditRow): ReactNode {
  return (
    <span className={classes.outcome}>
      <Mark condition={its === "DONE" ? "good" : "bad"} />
      {its === "DONE" ? "Done" : "Refused"}
    </span>
  );
}
