import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, useState } from "react";
import { describe, expect, it } from "vitest";
import type { TraceWhere } from "../../../gql/graphql.ts";
import { writeWhere } from "../model/clauses.ts";
import { newClause } from "../model/drafts.ts";
import { TRACE_SHAPE } from "../model/shapes.ts";
import { localTime } from "../model/values.ts";
import { ClauseEditor } from "./ClauseEditor.tsx";

function Editor({ field }: { field: string }): ReactElement {
  const [clause, setClause] = useState(() => newClause(field, TRACE_SHAPE));
  return (
    <MantineProvider env="test">
      <ClauseEditor clause={clause} shape={TRACE_SHAPE} onChange={setClause} />
      <output>{JSON.stringify(writeWhere([clause]))}</output>
    </MantineProvider>
  );
}

/** The condition that the clause makes. */
const query = (): unknown => JSON.parse(document.querySelector("output")?.textContent ?? "");

function fill(label: string, value: string, at = 0): void {
  fireEvent.change(input(label, at), { target: { value } });
}

function input(label: string, at = 0): HTMLElement {
  const found = screen.getAllByLabelText(label)[at];
  if (found === undefined) {
    throw new Error(`There is no ${label}`);
  }
  return found;
}

async function fillValue(value: string | readonly string[]): Promise<void> {
  if (typeof value === "string") {
    fill("Value", value);
  } else {
    await userEvent.type(input("Values"), value.map((each) => `${each}{Enter}`).join(""));
  }
}

const TIME = "2026-03-01T10:20:30Z";
const ID = "VHJhY2U6MDE5";

/** Field, operator, what is typed, and the filter as one writes it by hand. */
const CASES: readonly [string, string, string | readonly string[], TraceWhere][] = [
  ["source", "eq", "gsm8k", { source: { eq: "gsm8k" } }],
  ["source", "ne", "gsm8k", { source: { ne: "gsm8k" } }],
  ["source", "in", ["a", "5"], { source: { in: ["a", "5"] } }],
  ["source", "notIn", ["a"], { source: { notIn: ["a"] } }],
  ["externalId", "contains", "x", { externalId: { contains: "x" } }],
  ["externalId", "startsWith", "x", { externalId: { startsWith: "x" } }],
  ["promptPreview", "lt", "m", { promptPreview: { lt: "m" } }],
  ["finalAnswerPreview", "lte", "m", { finalAnswerPreview: { lte: "m" } }],
  ["traceVersion", "gt", "1.0", { traceVersion: { gt: "1.0" } }],
  ["promptHash", "gte", "f0", { promptHash: { gte: "f0" } }],
  ["contentHash", "isNull", "false", { contentHash: { isNull: false } }],
  ["stepCount", "eq", "3", { stepCount: { eq: 3 } }],
  ["stepCount", "ne", "3", { stepCount: { ne: 3 } }],
  ["stepCount", "in", ["3", "4"], { stepCount: { in: [3, 4] } }],
  ["stepCount", "notIn", ["3"], { stepCount: { notIn: [3] } }],
  ["charCount", "lt", "1000", { charCount: { lt: 1000 } }],
  ["charCount", "lte", "1000", { charCount: { lte: 1000 } }],
  ["charCount", "gt", "1000", { charCount: { gt: 1000 } }],
  ["charCount", "gte", "1000", { charCount: { gte: 1000 } }],
  ["charCount", "isNull", "true", { charCount: { isNull: true } }],
  ["createdAt", "eq", localTime(TIME), { createdAt: { eq: TIME } }],
  ["createdAt", "ne", localTime(TIME), { createdAt: { ne: TIME } }],
  ["createdAt", "lt", localTime(TIME), { createdAt: { lt: TIME } }],
  ["createdAt", "lte", localTime(TIME), { createdAt: { lte: TIME } }],
  ["createdAt", "gt", localTime(TIME), { createdAt: { gt: TIME } }],
  ["createdAt", "gte", localTime(TIME), { createdAt: { gte: TIME } }],
  ["createdAt", "isNull", "false", { createdAt: { isNull: false } }],
  ["id", "eq", ID, { id: { eq: ID } }],
  ["id", "ne", ID, { id: { ne: ID } }],
  ["id", "in", [ID], { id: { in: [ID] } }],
  ["id", "notIn", [ID], { id: { notIn: [ID] } }],
  ["id", "isNull", "false", { id: { isNull: false } }],
];

/** The same for a value of the metadata at `a.b`. */
const META_CASES: readonly [string, string | readonly string[], NonNullable<TraceWhere["meta"]>[number]][] = [
  ["eq", "python", { path: ["a", "b"], eq: "python" }],
  ["ne", "5", { path: ["a", "b"], ne: 5 }],
  ["in", ["x", "5", '"5"'], { path: ["a", "b"], in: ["x", 5, "5"] }],
  ["notIn", ["true"], { path: ["a", "b"], notIn: [true] }],
  ["lt", "5", { path: ["a", "b"], lt: 5 }],
  ["lte", "5.5", { path: ["a", "b"], lte: 5.5 }],
  ["gt", "-1", { path: ["a", "b"], gt: -1 }],
  ["gte", "0", { path: ["a", "b"], gte: 0 }],
  ["contains", "x", { path: ["a", "b"], contains: "x" }],
  ["startsWith", "x", { path: ["a", "b"], startsWith: "x" }],
  ["exists", "false", { path: ["a", "b"], exists: false }],
];

describe("ClauseEditor", () => {
  it.each(CASES)("asks for %s %s %s", async (field, operator, value, where) => {
    render(<Editor field={field} />);
    fill("Operator", operator);
    await fillValue(value);
    expect(query()).toEqual(where);
  });

  it.each(META_CASES)("asks for metadata: %s %s", async (operator, value, condition) => {
    render(<Editor field="meta" />);
    fill("Path", "a.b");
    fill("Operator", operator);
    await fillValue(value);
    expect(query()).toEqual({ meta: [condition] });
  });

  it.each(["0.05", "-1.50"])("takes the number %s character by character", async (text) => {
    render(<Editor field="producedBy.temperature" />);
    fill("Operator", "gte");
    await userEvent.type(input("Value"), text);
    expect(input("Value")).toHaveValue(text);
    expect(query()).toEqual({ producedBy: { temperature: { gte: Number(text) } } });
  });

  it.each(["some", "none", "every"])("asks for scores: %s", (quantifier) => {
    render(<Editor field="scores" />);
    fill("Quantifier", quantifier);
    fill("Add a condition", "scorer");
    fill("Value", "baseline");
    fill("Add a condition", "score");
    fill("Operator", "gte", 1);
    fill("Value", "0.5", 1);
    fill("Add a condition", "kind");
    fill("Value", "HUMAN", 2);
    fill("Add a condition", "latest");
    fill("Value", "false", 3);
    expect(query()).toEqual({
      scores: { [quantifier]: { scorer: { eq: "baseline" }, score: { gte: 0.5 }, kind: { eq: "HUMAN" }, latest: false } },
    });
  });
});
