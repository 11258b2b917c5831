import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLInputObjectType, isInputObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import type { Json } from "../../json.ts";
import { NotAFilter, QUANTIFIERS, readWhere, writeWhere } from "./clauses.ts";
import { describeClause } from "./describe.ts";
import { OPERATORS } from "./operators.ts";
import { DATASET_SHAPE, type FilterField, type FilterShape, SCORE_SHAPE, TRACE_SHAPE } from "./shapes.ts";
import { jsonOf, jsonText } from "./values.ts";

const schema = buildSchema(readFileSync("../../schema.graphql", "utf8"));

function inputOf(name: string): GraphQLInputObjectType {
  const type = schema.getType(name);
  if (!isInputObjectType(type)) {
    throw new Error(`${name} is not an input type`);
  }
  return type;
}

function fieldsOf(name: string): Record<string, string> {
  const fields = Object.values(inputOf(name).getFields());
  return Object.fromEntries(fields.map((field) => [field.name, field.type.toString().replace(/[[\]!]/g, "")]));
}

const COMBINING = new Set(["and", "or", "not"]);

/** The conditions of an input type, without what combines them, for which the bar has groups of clauses. */
function conditionsOf(name: string): [string, string][] {
  return Object.entries(fieldsOf(name)).filter(([field]) => !COMBINING.has(field));
}

/** The conditions of an input type; those of a nested object that a shape spreads have their path as name. */
function spread(name: string, shape: FilterShape): Record<string, string> {
  const entries = conditionsOf(name).flatMap(([field, type]) => {
    const isSpread = Object.keys(shape.fields).some((key) => key.startsWith(`${field}.`));
    return isSpread ? conditionsOf(type).map(([inner, of]) => [`${field}.${inner}`, of] as const) : [[field, type] as const];
  });
  return Object.fromEntries(entries);
}

function operatorsOf(field: FilterField): readonly string[] {
  switch (field.kind) {
    case "search":
    case "flag":
    case "metric":
      return [];
    case "relation":
      return QUANTIFIERS;
    case "meta":
      return ["path", ...OPERATORS.meta];
    default:
      return OPERATORS[field.kind];
  }
}

describe("the shapes of filters", () => {
  it.each([TRACE_SHAPE, SCORE_SHAPE, DATASET_SHAPE])("$type has all fields and operators of the schema", (shape: FilterShape) => {
    const fields = spread(shape.type, shape);
    expect(Object.keys(shape.fields).toSorted()).toEqual(Object.keys(fields).toSorted());
    for (const [name, field] of Object.entries(shape.fields)) {
      const type = fields[name] ?? "";
      const operators = isInputObjectType(schema.getType(type)) ? Object.keys(fieldsOf(type)) : [];
      expect([name, [...operatorsOf(field)].toSorted()]).toEqual([name, operators.toSorted()]);
    }
  });
});

const WHERES: Record<string, Json> = {
  nothing: {},
  "several operators of a field": { stepCount: { gte: 3, lt: 6 }, source: { in: ["a", "b"] } },
  "the same operator twice": { source: { contains: "a" }, and: [{ source: { contains: "b" } }] },
  metadata: { meta: [{ path: ["a", "b"], gte: 1, lt: 2 }, { path: ["c"], eq: null }, { path: ["c.d"], eq: "5" }] },
  relations: { scores: { some: { scorer: { eq: "x" }, latest: true }, none: {} }, datasets: { every: { name: { ne: "n" } } } },
  groups: { or: [{ source: { eq: "a" } }, {}], not: { search: "two words" }, and: [{ or: [] }] },
};

describe("readWhere and writeWhere", () => {
  it.each(Object.entries(WHERES))("are inverse for %s", (_, where) => {
    expect(writeWhere(readWhere(where, TRACE_SHAPE))).toEqual(where);
  });

  it("takes members of and as clauses, and leaves out what is null", () => {
    const where: Json = { and: [{ source: { eq: "a" } }, { stepCount: { gt: 1 } }], search: null, charCount: { lt: null } };
    expect(writeWhere(readWhere(where, TRACE_SHAPE))).toEqual({ source: { eq: "a" }, stepCount: { gt: 1 } });
  });

  it.each([
    [["list"], "TraceWhere must be an object."],
    [{ unknown: {} }, "TraceWhere has no field unknown."],
    [{ source: { like: "a" } }, "source has no operator like."],
    [{ source: "a" }, "source must be an object of operators."],
    [{ search: 5 }, "search must be a string."],
    [{ or: {} }, "or must be a list."],
    [{ meta: [{ path: "a", eq: 1 }] }, "meta.path must be a list."],
    [{ meta: [{ path: ["a"], like: 1 }] }, "meta has no operator like."],
    [{ scores: { most: {} } }, "scores takes some, none and every, not most."],
  ])("refuses %j", (where: Json, message) => {
    expect(() => readWhere(where, TRACE_SHAPE)).toThrow(new NotAFilter(message));
  });
});

describe("describeClause", () => {
  it("describes each clause in words", () => {
    const where: Json = {
      stepCount: { gte: 3 },
      source: { in: ["a", "b"], isNull: false },
      createdAt: { lt: "2026-01-01T00:00:00Z" },
      meta: [{ path: ["a", "b"], eq: "5" }, { path: ["c"], exists: false }],
      scores: { some: { scorer: { eq: "x" }, score: { gte: 0.5 } }, none: {} },
      datasets: { none: { status: { eq: "FAILED" } } },
      or: [{ source: { startsWith: "g" } }, {}],
      not: { search: "word" },
      search: "two words",
    };
    const local = new Date("2026-01-01T00:00:00Z");
    const day = `${local.getFullYear()}-`;
    const texts = readWhere(where, TRACE_SHAPE).map((clause) => describeClause(clause, TRACE_SHAPE));
    expect(texts.filter((text) => !text.startsWith(`Created before ${day}`))).toEqual([
      "Steps ≥ 3",
      "Source is one of a, b",
      "Source is present",
      'a.b is "5"',
      "c does not exist",
      "some of its scores: Scorer is x, Score ≥ 0.5",
      "none of its scores",
      "none of its datasets: Status is FAILED",
      "Source starts with g or anything",
      "not (“word”)",
      "“two words”",
    ]);
    expect(texts).toHaveLength(12);
  });
});

describe("jsonOf and jsonText", () => {
  it.each([5, "5", "true", true, null, "a b", "1.", [1, "a"], { a: 1 }, '"'])("are inverse for %j", (value) => {
    expect(jsonOf(jsonText(value))).toEqual(value);
  });
});
