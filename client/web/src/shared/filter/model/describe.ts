import { memberText } from "../../format/enums.ts";
import type { Json } from "../../json.ts";
import type { Clause, Quantifier } from "./clauses.ts";
import { operatorWord, takesList } from "./operators.ts";
import { type FilterShape, isValueField } from "./shapes.ts";
import { localTime } from "./values.ts";

/** Returns a clause in words, as its chip shows it: "Steps ≥ 3". */
export function describeClause(clause: Clause, shape: FilterShape): string {
  switch (clause.kind) {
    case "search":
      return `“${clause.text}”`;
    case "flag":
      return `${labelOf(clause.field, shape)}: ${clause.value ? "yes" : "no"}`;
    case "meta":
      return `${clause.path.join(".")} ${comparison(clause, "meta")}`;
    case "metric":
      return `${clause.metric} ${comparison(clause, "number")}`;
    case "value": {
      const field = shape.fields[clause.field];
      const kind = field !== undefined && isValueField(field) ? field.kind : "text";
      return `${labelOf(clause.field, shape)} ${comparison(clause, kind)}`;
    }
    case "relation": {
      const field = shape.fields[clause.field];
      const inner = field?.kind === "relation" ? describeAll(clause.clauses, field.of) : "";
      return `${quantityText(clause.quantifier, labelOf(clause.field, shape))}${inner === "" ? "" : `: ${inner}`}`;
    }
    case "any":
      return clause.members.map((member) => describeAll(member, shape) || "anything").join(" or ") || "nothing";
    case "not":
      return `not (${describeAll(clause.clauses, shape) || "anything"})`;
  }
}

function describeAll(clauses: readonly Clause[], shape: FilterShape): string {
  return clauses.map((clause) => describeClause(clause, shape)).join(", ");
}

/** Returns how many of a trace's scores, datasets or the like a condition is about, in words. */
export function quantityText(quantifier: Quantifier, label: string): string {
  return `${quantifier === "every" ? "all" : quantifier} of its ${label.toLowerCase()}`;
}

function labelOf(field: string, shape: FilterShape): string {
  return shape.fields[field]?.label ?? field;
}

type Compared = Extract<Clause, { kind: "value" | "meta" | "metric" }>;

function comparison({ operator, value }: Compared, kind: Parameters<typeof operatorWord>[1]): string {
  if (operator === "isNull") {
    return value === true ? "is missing" : "is present";
  }
  if (operator === "exists") {
    return value === true ? "exists" : "does not exist";
  }
  if (operator === "isEmpty") {
    return value === true ? "is empty" : "is not empty";
  }
  const word = operatorWord(operator, kind);
  if (takesList(operator) && Array.isArray(value)) {
    return `${word} ${value.length === 0 ? "(nothing)" : value.map((each) => valueText(each, kind)).join(", ")}`;
  }
  return `${word} ${valueText(value, kind)}`;
}

function valueText(value: Json, kind: string): string {
  if (kind === "time" && typeof value === "string") {
    return localTime(value).replace("T", " ");
  }
  if (kind === "enum" && typeof value === "string") {
    return memberText(value);
  }
  return typeof value === "string" && kind !== "meta" ? value : JSON.stringify(value);
}
