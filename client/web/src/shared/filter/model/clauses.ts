import type { Json } from "../../json.ts";
import { isOperator, type Operator } from "./operators.ts";
import { has, isObject, list, members, NotAFilter, object, requireType, type Where } from "./reading.ts";
import type { FilterShape } from "./shapes.ts";

export { isObject, NotAFilter, type Where } from "./reading.ts";

export type Quantifier = "some" | "none" | "every";
export const QUANTIFIERS: readonly Quantifier[] = ["some", "none", "every"];

/** One condition of a filter. All clauses of a list must hold. */
export type Clause =
  | { kind: "value"; field: string; operator: Operator; value: Json }
  | { kind: "meta"; field: string; path: readonly string[]; operator: Operator; value: Json }
  | { kind: "metric"; field: string; metric: string; operator: Operator; value: Json }
  | { kind: "search"; field: string; text: string }
  | { kind: "flag"; field: string; value: boolean }
  | { kind: "relation"; field: string; quantifier: Quantifier; clauses: readonly Clause[] }
  | { kind: "any"; members: readonly (readonly Clause[])[] }
  | { kind: "not"; clauses: readonly Clause[] };

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
    return readInside(name, value, shape);
  }
  switch (field.kind) {
    case "search":
      return [{ kind: "search", field: name, text: requireType(value, "string", name) }];
    case "flag":
      return [{ kind: "flag", field: name, value: requireType(value, "boolean", name) }];
    case "meta":
      return list(value, name).flatMap((condition) => readMeta(name, condition));
    case "metric":
      return list(value, name).flatMap((condition) => readMetric(name, condition));
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

/** Reads an object within the filter. */
function readInside(name: string, value: Json, shape: FilterShape): Clause[] {
  if (!Object.keys(shape.fields).some((field) => field.startsWith(`${name}.`))) {
    throw new NotAFilter(`${shape.type} has no field ${name}.`);
  }
  return members(value, name).flatMap(([inner, filter]) => readOwn(`${name}.${inner}`, filter, shape));
}

function readMetric(field: string, condition: Json): Clause[] {
  const { name = null, last = {} } = isObject(condition) ? condition : {};
  const metric = requireType(name, "string", `${field}.name`);
  return members(last, `${field}.last`).map(([operator, value]) => {
    if (!isOperator(operator, "number")) {
      throw new NotAFilter(`${field}.last has no operator ${operator}.`);
    }
    return { kind: "metric", field, metric, operator, value };
  });
}

function readMeta(field: string, condition: Json): Clause[] {
  const { path, ...operators } = isObject(condition) ? condition : {};
  const keys = list(path ?? null, `${field}.path`).map((key) => requireType(key, "string", `${field}.path`));
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
      others.push(addClause({}, clause));
    } else {
      addClause(target, clause);
    }
  }
  return others.length === 0 ? where : { ...where, and: others };
}

function fits(where: Where, clause: Clause): boolean {
  switch (clause.kind) {
    case "meta":
    case "metric":
      return true;
    case "any":
      return !("or" in where);
    case "not":
      return !("not" in where);
    case "value":
      return !has(valueAt(where, clause.field), clause.operator);
    case "relation":
      return !has(where[clause.field], clause.quantifier);
    default:
      return !(clause.field in where);
  }
}

/** Adds a clause to a filter in which it has a place. */
function addClause(where: Where, clause: Clause): Where {
  switch (clause.kind) {
    case "value":
      setValueAt(where, clause.field.split("."), { ...object(valueAt(where, clause.field)), [clause.operator]: clause.value });
      break;
    case "relation":
      where[clause.field] = { ...object(where[clause.field]), [clause.quantifier]: writeWhere(clause.clauses) };
      break;
    case "meta":
      where[clause.field] = withMeta(where[clause.field], clause);
      break;
    case "metric":
      where[clause.field] = withMetric(where[clause.field], clause);
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

function valueAt(where: Where, field: string): Json | undefined {
  return field.split(".").reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), where);
}

function setValueAt(where: Where, [first = "", ...rest]: readonly string[], value: Json): void {
  if (rest.length === 0) {
    where[first] = value;
    return;
  }
  const inner = { ...object(where[first]) };
  where[first] = inner;
  setValueAt(inner, rest, value);
}

/** Different operators of one metric are in one condition. */
function withMetric(present: Json | undefined, { metric, operator, value }: Extract<Clause, { kind: "metric" }>): Json {
  const conditions = Array.isArray(present) ? present : [];
  const last = conditions.at(-1);
  const isSame = isObject(last) && last["name"] === metric && !has(last["last"], operator);
  const former = isSame ? object(last["last"]) : {};
  const condition = { name: metric, last: { ...former, [operator]: value } };
  return [...(isSame ? conditions.slice(0, -1) : conditions), condition];
}

/** Different operators of one path are in one condition. */
function withMeta(present: Json | undefined, { path, operator, value }: Extract<Clause, { kind: "meta" }>): Json {
  const conditions = Array.isArray(present) ? present : [];
  const last = conditions.at(-1);
  const isSame = isObject(last) && JSON.stringify(last["path"]) === JSON.stringify(path) && !has(last, operator);
  return isSame
    ? [...conditions.slice(0, -1), { ...last, [operator]: value }]
    : [...conditions, { path: [...path], [operator]: value }];
}

function isQuantifier(name: string): name is Quantifier {
  return QUANTIFIERS.some((quantifier) => quantifier === name);
}
