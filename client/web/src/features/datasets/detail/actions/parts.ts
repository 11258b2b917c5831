import type { SplitPartInput } from "../../../../gql/graphql.ts";

/** A part of a split as the form has it: a share in per cent, or a number of traces. */
export interface Part {
  /** Identifies the part while parts are added and removed. */
  row: number;
  name: string;
  unit: "percent" | "count";
  size: number | string;
}

/** The parts that the form opens with. */
export const FIRST_PARTS: readonly Part[] = [
  { row: 0, name: "train", unit: "percent", size: 80 },
  { row: 1, name: "test", unit: "percent", size: 20 },
];

export const PARTS_MAX = 20;

/** Returns the parts as the server takes them. */
export function partsInput(parts: readonly Part[]): SplitPartInput[] {
  return parts.map(({ name, unit, size }) =>
    unit === "percent" ? { name: name.trim(), fraction: round(Number(size) / 100) } : { name: name.trim(), count: Number(size) },
  );
}

/** Returns about how many traces each part gets, and how many none gets. */
export function partSizes(parts: readonly Part[], traceCount: number): { sizes: number[]; left: number } {
  const sizes = parts.map(({ unit, size }) => Math.round(unit === "percent" ? (traceCount * Number(size)) / 100 : Number(size)));
  return { sizes, left: traceCount - sizes.reduce((sum, size) => sum + size, 0) };
}

/** Returns the paths of the form's fields beside which errors can be shown, for a number of parts. */
export function partFields(count: number): string[] {
  const rows = Array.from({ length: count }, (_, at) => [`parts.${at}.name`, `parts.${at}.fraction`, `parts.${at}.count`, `parts.${at}`]);
  return [...rows.flat(), "seed", "version"];
}

function round(fraction: number): number {
  return Number(fraction.toFixed(12));
}
