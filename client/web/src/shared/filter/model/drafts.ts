import type { Json } from "../../json.ts";
import type { Clause } from "./clauses.ts";
import { OPERATORS, type Operator, takesFlag, takesList } from "./operators.ts";
import type { FilterField, FilterShape } from "./shapes.ts";

/** The groups that are offered beside a shape's fields. */
export const GROUPS = { any: "Any of", not: "Not" } as const;

/** Returns a clause on a field, or a group, which is still to be filled in. */
export function newClause(name: string, shape: FilterShape): Clause {
  if (name === "any") {
    return { kind: "any", members: [[], []] };
  }
  const field = shape.fields[name];
  if (field === undefined) {
    return { kind: "not", clauses: [] };
  }
  switch (field.kind) {
    case "search":
      return { kind: "search", field: name, text: "" };
    case "flag":
      return { kind: "flag", field: name, value: true };
    case "relation":
      return { kind: "relation", field: name, quantifier: "some", clauses: [] };
    case "meta":
      return { kind: "meta", field: name, path: [], operator: "eq", value: "" };
    case "metric":
      return { kind: "metric", field: name, metric: "", operator: "lte", value: "" };
    default: {
      const operator = OPERATORS[field.kind][0] ?? "eq";
      return { kind: "value", field: name, operator, value: emptyValue(operator, field) };
    }
  }
}

/** Returns the value with which an operator begins; a value of the former operator is kept where it fits. */
export function emptyValue(operator: Operator, field: FilterField, former?: Json): Json {
  if (takesFlag(operator)) {
    return typeof former === "boolean" ? former : true;
  }
  if (takesList(operator)) {
    const isKept = former !== undefined && former !== null && former !== "" && typeof former !== "boolean";
    return Array.isArray(former) ? former : isKept ? [former] : [];
  }
  const [single] = Array.isArray(former) ? former : [former];
  if (field.kind === "enum") {
    return typeof single === "string" ? single : (field.members?.[0] ?? "");
  }
  return single === undefined || typeof single === "boolean" ? "" : single;
}

/** Whether a clause is complete: all of its values are given. */
export function isComplete(clause: Clause): boolean {
  switch (clause.kind) {
    case "search":
      return clause.text.trim() !== "";
    case "flag":
      return true;
    case "meta":
      return clause.path.length > 0 && clause.value !== "";
    case "metric":
      return clause.metric !== "" && clause.value !== "";
    case "value":
      return clause.value !== "";
    case "relation":
    case "not":
      return clause.clauses.every(isComplete);
    case "any":
      return clause.members.every((member) => member.every(isComplete));
  }
}
