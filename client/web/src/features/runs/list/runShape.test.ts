import { readFileSync } from "node:fs";
import { buildSchema, getNamedType, isInputObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import { readWhere, writeWhere } from "../../../shared/filter/model/clauses.ts";
import { describeClause } from "../../../shared/filter/model/describe.ts";
import { OPERATORS } from "../../../shared/filter/model/operators.ts";
import { isValueField } from "../../../shared/filter/model/shapes.ts";
import type { Json } from "../../../shared/json.ts";
import { RUN_SHAPE } from "./runShape.ts";

const schema = buildSchema(readFileSync("../../schema.graphql", "utf8"));
const OBJECTS = new Set(["TrainingConfigFilter", "LoraConfigFilter"]);

/** The fields of a filter, those of objects within it by their path, with the operators that each has. */
function schemaFields(typeName: string, prefix = ""): [string, string[]][] {
  const type = schema.getType(typeName);
  if (!isInputObjectType(type)) {
    return [];
  }
  return Object.values(type.getFields())
    .filter((field) => !["and", "or", "not"].includes(field.name))
    .flatMap((field): [string, string[]][] => {
      const inner = getNamedType(field.type);
      const operators = isInputObjectType(inner) ? Object.keys(inner.getFields()).toSorted() : [];
      return OBJECTS.has(inner.name) ? schemaFields(inner.name, `${prefix}${field.name}.`) : [[`${prefix}${field.name}`, operators]];
    });
}

describe("the filter of runs", () => {
  it("has all fields and operators of the schema", () => {
    const shape = Object.entries(RUN_SHAPE.fields).map(([name, field]) => [
      name,
      isValueField(field) ? OPERATORS[field.kind].toSorted() : ["last", "name"],
    ]);
    expect(Object.fromEntries(shape)).toEqual(Object.fromEntries(schemaFields("RunWhere")));
  });

  it.each<[string, Json]>([
    ["parameters", { config: { learningRate: { gte: 0.1, lt: 1 }, lora: { rank: { in: [4, 8] } }, schedule: { isNull: true } } }],
    ["metrics", { metrics: [{ name: "eval/loss", last: { lte: 2, gte: 1 } }, { name: "train/loss", last: { isNull: false } }] }],
    ["tags", { tags: { has: "a", hasNone: ["b"], isEmpty: false }, not: { tags: { hasEvery: ["c"] } } }],
    ["the same twice", { config: { seed: { ne: 1 } }, and: [{ config: { seed: { ne: 2 } } }] }],
  ])("reads and writes conditions on %s", (_, where) => {
    expect(writeWhere(readWhere(where, RUN_SHAPE))).toEqual(where);
  });

  it("describes each condition in words", () => {
    const where: Json = {
      config: { learningRate: { gte: 0.1 }, lora: { rank: { eq: 8 } } },
      metrics: [{ name: "eval/loss", last: { lte: 2 } }, { name: "x", last: { isNull: true } }],
      tags: { has: "best", hasSome: ["a", "b"], isEmpty: true },
      method: { eq: "LORA", in: ["SFT", "LORA"] },
    };
    expect(readWhere(where, RUN_SHAPE).map((clause) => describeClause(clause, RUN_SHAPE))).toEqual([
      "Learning rate ≥ 0.1",
      "LoRA rank is 8",
      "eval/loss ≤ 2",
      "x is missing",
      "Tags has best",
      "Tags has any of a, b",
      "Tags is empty",
      "Method is LoRA",
      "Method is one of SFT, LoRA",
    ]);
  });

  it.each<[Json, string]>([
    [{ config: { unknown: { eq: 1 } } }, "RunWhere has no field config.unknown."],
    [{ config: { lora: 5 } }, "config.lora must be an object of operators."],
    [{ metrics: [{ last: { lte: 2 } }] }, "metrics.name must be a string."],
    [{ metrics: [{ name: "x", last: { like: 2 } }] }, "metrics.last has no operator like."],
    [{ tags: { contains: "x" } }, "tags has no operator contains."],
  ])("refuses %j", (where, message) => {
    expect(() => readWhere(where, RUN_SHAPE)).toThrow(message);
  });
});
