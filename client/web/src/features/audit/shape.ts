import type { FilterShape } from "../../shared/filter/model/shapes.ts";

/** The conditions on events of the audit log. */
export const AUDIT_SHAPE: FilterShape = {
  type: "AuditEventWhere",
  fields: {
    action: { kind: "text", label: "Action" },
    keyName: { kind: "text", label: "Who" },
    at: { kind: "time", label: "When" },
    outcome: { kind: "enum", label: "Outcome", members: ["DONE", "REFUSED"] },
    objectType: { kind: "text", label: "Type of object" },
    objectUuid: { kind: "text", label: "UUID of object" },
    address: { kind: "text", label: "Address" },
    requestId: { kind: "text", label: "Request" },
    id: { kind: "id", label: "ID" },
  },
};
