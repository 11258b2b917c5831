import { alignSeries, type ChartSeries, KIND_TEXT } from "./series.ts";

/** A chart as rows of text: the step, then each line's value. */
export interface ChartRows {
  header: string[];
  rows: string[][];
}

/** Returns the points of lines as rows; a value that is not finite by its name, a missing one empty. */
export function chartRows(series: readonly ChartSeries[]): ChartRows {
  const { steps, columns } = alignSeries(series);
  const broken = new Map(series.flatMap((line, place) => brokenPoints(line, place)));
  const cell = (value: number | null | undefined, step: number, place: number): string =>
    value === undefined ? "" : (broken.get(`${place} ${step}`) ?? String(value ?? ""));
  const rows = steps.map((step, at) => [String(step)].concat(columns.map((column, place) => cell(column[at], step, place))));
  return { header: ["step", ...series.map((line) => line.label)], rows };
}

function brokenPoints({ steps, kinds = [] }: ChartSeries, place: number): [string, string][] {
  return kinds.flatMap((kind, index) =>
    kind === "FINITE" ? [] : [[`${place} ${steps[index] ?? 0}`, KIND_TEXT[kind]] satisfies [string, string]],
  );
}

/** Returns rows as CSV (RFC 4180). */
export function toCsv({ header, rows }: ChartRows): string {
  return [header, ...rows].map((row) => `${row.map(quote).join(",")}\r\n`).join("");
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
