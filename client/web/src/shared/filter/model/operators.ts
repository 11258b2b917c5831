/**
 * The value that a condition compares: a column's text, number, time, id, enum member or list of strings, or a value of the metadata.
 */
export type ValueKind = "text" | "whole" | "number" | "time" | "id" | "enum" | "list" | "meta";

export type Operator =
  | "eq"
  | "ne"
  | "in"
  | "notIn"
  | "lt"
  | "lte"
  | "gt"
  | "gte"
  | "contains"
  | "startsWith"
  | "isNull"
  | "exists"
  | "has"
  | "hasSome"
  | "hasEvery"
  | "hasNone"
  | "isEmpty";

const NUMERIC: readonly Operator[] = ["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "isNull"];

/** The operators of each kind of value, as the schema's filter of that kind has them. */
export const OPERATORS: Readonly<Record<ValueKind, readonly Operator[]>> = {
  text: ["eq", "ne", "in", "notIn", "contains", "startsWith", "lt", "lte", "gt", "gte", "isNull"],
  whole: NUMERIC,
  number: NUMERIC,
  time: ["gte", "lt", "gt", "lte", "eq", "ne", "isNull"],
  id: ["eq", "ne", "in", "notIn", "isNull"],
  enum: ["eq", "ne", "in", "notIn", "isNull"],
  list: ["has", "hasSome", "hasEvery", "hasNone", "isEmpty"],
  meta: ["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "contains", "startsWith", "exists"],
};

const WORDS: Readonly<Record<Operator, string>> = {
  eq: "is",
  ne: "is not",
  in: "is one of",
  notIn: "is none of",
  lt: "<",
  lte: "≤",
  gt: ">",
  gte: "≥",
  contains: "contains",
  startsWith: "starts with",
  isNull: "is missing",
  exists: "exists",
  has: "has",
  hasSome: "has any of",
  hasEvery: "has all of",
  hasNone: "has none of",
  isEmpty: "is empty",
};

const LISTS: ReadonlySet<Operator> = new Set(["in", "notIn", "hasSome", "hasEvery", "hasNone"]);
const FLAGS: ReadonlySet<Operator> = new Set(["isNull", "exists", "isEmpty"]);

const TIME_WORDS: Partial<Record<Operator, string>> = {
  eq: "at",
  ne: "not at",
  lt: "before",
  lte: "at or before",
  gt: "after",
  gte: "at or after",
};

/** Returns how an operator is called for a kind of value. */
export function operatorWord(operator: Operator, kind: ValueKind): string {
  return (kind === "time" ? TIME_WORDS[operator] : undefined) ?? WORDS[operator];
}

/** Whether an operator takes a list of values. */
export function takesList(operator: Operator): boolean {
  return LISTS.has(operator);
}

/** Whether an operator takes yes or no, whatever the kind of the values. */
export function takesFlag(operator: Operator): boolean {
  return FLAGS.has(operator);
}

/** Whether a name is one of a kind's operators. */
export function isOperator(name: string, kind: ValueKind): name is Operator {
  return OPERATORS[kind].some((operator) => operator === name);
}
