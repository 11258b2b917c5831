import type { Json } from "../../json.ts";
import { isOperator, type Operator } from "./operators.ts";
import type { FilterShape } from "./shapes.ts";

export type Quantifier = "some" | "none" | "every";
export const QUANTIFIERS: readonly Quantifier[] = ["some", "none", "every"];

/** One condition of a filter. All clauses of a list must hold. */
export type Clause =
  | { kind: "value"; field: string; operator: Operator; value: Json }
  | { kind: "meta"; field: string; path: readonly string[]; operator: Operator; value: Json }
  | { kind: "search"; field: string; text: string }
  | { kind: "flag"; field: string; value: boolean }
  | { kind: "relation"; field: string; quantifier: Quantifier; clauses: readonly Clause[] }
  | { kind: "any"; members: readonly (readonly Clause[])[] }
  | { kind: "not"; clauses: readonly Clause[] };

/** A filter as the schema takes it. */
export type Where = { [field: string]: Json };

/** Why a value is not a filter of its shape. */
export class NotAFilter extends Error {}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is Where {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns the clauses of a filter; members of `and` count as clauses of the filter itself.
 *
 * Throws NotAFilter if it has a field or an operator that the shape does not have.
 */
export function readWhere(where: Json, shape: FilterShape): Clause[] {
  if (!isObject(where)) {
    throw new NotAFilter(`${shape.type} must be an object.`);
  }
  return Object.entries(where).flatMap(([name, value]) => (value === null ? [] : readField(name, value, shape)));
}

function readField(name: string, value: Json, shape: FilterShape): Clause[] {
  switch (name) {
    case "and":
      return list(value, name).flatMap((member) => readWhere(member, shape));
    case "or":
      return [{ kind: "any", members: list(value, name).map((member) => readWhere(member, shape)) }];
    case "not":
      return [{ kind: "not", clauses: readWhere(value, shape) }];
    default:
      return readOwn(name, value, shape);
  }
}

function readOwn(name: string, value: Json, shape: FilterShape): Clause[] {
  const field = shape.fields[name];
  if (field === undefined) {
    throw new NotAFilter(`${shape.type} has no field ${name}.`);
  }
  switch (field.kind) {
    case "search":
      return [{ kind: "search", field: name, text: typed(value, "string", name) }];
    case "flag":
      return [{ kind: "flag", field: name, value: typed(value, "boolean", name) }];
    case "meta":
      return list(value, name).flatMap((condition) => readMeta(name, condition));
    case "relation":
      return members(value, name).map(([quantifier, inner]) => {
        if (!isQuantifier(quantifier)) {
          throw new NotAFilter(`${name} takes some, none and every, not ${quantifier}.`);
        }
        return { kind: "relation", field: name, quantifier, clauses: readWhere(inner, field.of) };
      });
    default:
      return members(value, name).map(([operator, operand]) => {
        if (!isOperator(operator, field.kind)) {
          throw new NotAFilter(`${name} has no operator ${operator}.`);
        }
        return { kind: "value", field: name, operator, value: operand };
      });
  }
}

function readMeta(field: string, condition: Json): Clause[] {
  const { path, ...operators } = isObject(condition) ? condition : {};
  const keys = list(path ?? null, `${field}.path`).map((key) => typed(key, "string", `${field}.path`));
  // Here null is a value that metadata may have.
  return Object.entries(operators).map(([operator, value]) => {
    if (!isOperator(operator, "meta")) {
      throw new NotAFilter(`${field} has no operator ${operator}.`);
    }
    return { kind: "meta", field, path: keys, operator, value };
  });
}

/** Returns the filter that clauses make. What has no place beside an earlier clause goes into `and`. */
export function writeWhere(clauses: readonly Clause[]): Where {
  const where: Where = {};
  const others: Where[] = [];
  for (const clause of clauses) {
    const target = fits(where, clause) ? where : others.find((other) => fits(other, clause));
    if (target === undefined) {
      others.push(added({}, clause));
    } else {
      added(target, clause);
    }
  }
  return others.length === 0 ? where : { ...where, and: others };
}

function fits(where: Where, clause: Clause): boolean {
  switch (clause.kind) {
    case "meta":
      return true;
    case "any":
      return !("or" in where);
    case "not":
      return !("not" in where);
    case "value":
      return !has(where[clause.field], clause.operator);
    case "relation":
      return !has(where[clause.field], clause.quantifier);
    default:
      return !(clause.field in where);
  }
}

/** Adds a clause to a filter in which it has a place. */
function added(where: Where, clause: Clause): Where {
  switch (clause.kind) {
    case "value":
      where[clause.field] = { ...object(where[clause.field]), [clause.operator]: clause.value };
      break;
    case "relation":
      where[clause.field] = { ...object(where[clause.field]), [clause.quantifier]: writeWhere(clause.clauses) };
      break;
    case "meta":
      where[clause.field] = withMeta(where[clause.field], clause);
      break;
    case "search":
      where[clause.field] = clause.text;
      break;
    case "flag":
      where[clause.field] = clause.value;
      break;
    case "any":
      where["or"] = clause.members.map(writeWhere);
      break;
    case "not":
      where["not"] = writeWhere(clause.clauses);
      break;
  }
  return where;
}

/** Operators of one path stand in one condition, as far as they differ. */
function withMeta(present: Json | undefined, { path, operator, value }: Extract<Clause, { kind: "meta" }>): Json {
  const conditions = Array.isArray(present) ? present : [];
  const last = conditions.at(-1);
  const isSame = isObject(last) && JSON.stringify(last["path"]) === JSON.stringify(path) && !has(last, operator);
  return isSame
    ? [...conditions.slice(0, -1), { ...last, [operator]: value }]
    : [...conditions, { path: [...path], [operator]: value }];
}

function has(value: Json | undefined, key: string): boolean {
  return isObject(value) && key in value;
}

function object(value: Json | undefined): Where {
  return isObject(value) ? value : {};
}

function list(value: Json, name: string): Json[] {
  if (!Array.isArray(value)) {
    throw new NotAFilter(`${name} must be a list.`);
  }
  return value;
}

function members(value: Json, name: string): [string, Json][] {
  if (!isObject(value)) {
    throw new NotAFilter(`${name} must be an object of operators.`);
  }
  return Object.entries(value).filter(([, operand]) => operand !== null);
}

interface Typed {
  string: string;
  boolean: boolean;
}

function typed<Name extends keyof Typed>(value: Json, type: Name, name: string): Typed[Name] {
  if (typeof value !== type) {
    throw new NotAFilter(`${name} must be a ${type}.`);
  }
  return value as Typed[Name];
}

function isQuantifier(name: string): name is Quantifier {
  return QUANTIFIERS.some((quantifier) => quantifier === name);
}
