import type { ChartSeries } from "../../../../shared/chart/series/series.ts";
import { groupBy } from "../../../../shared/groupBy.ts";

/** Metrics that share a chart: those whose names differ before the last slash only. */
export interface ChartGroup {
  title: string;
  series: ChartSeries[];
}

/** Prefixes of metrics that count records and tokens instead of following training. */
const COUNTS = ["dataset/", "eval_dataset/"];
const FIRST_COUNTS = ["records", "used", "too_long", "dropped", "tokens", "target_tokens"];
const FIRST_LINES = ["train/", "eval/"];
const FIRST_CHARTS = ["loss", "perplexity"];

/** Whether a metric is a count of a dataset, which has one value. */
export function isCount(name: string): boolean {
  return COUNTS.some((prefix) => name.startsWith(prefix));
}

/** Returns the charts of a run: the loss first, training before evaluation. */
export function chartGroups(series: readonly ChartSeries[]): ChartGroup[] {
  const curves = series.filter(({ label }) => !isCount(label));
  const groups = [...groupBy(curves, ({ label }) => label.slice(label.lastIndexOf("/") + 1))];
  return groups
    .map(([title, lines]) => ({ title, series: colourLines(lines) }))
    .toSorted((a, b) => place(FIRST_CHARTS, a.title) - place(FIRST_CHARTS, b.title) || a.title.localeCompare(b.title));
}

/** Orders the lines of a chart; a line keeps its colour when another one is added before it. */
function colourLines(lines: readonly ChartSeries[]): ChartSeries[] {
  return lines
    .toSorted((a, b) => place(FIRST_LINES, a.label) - place(FIRST_LINES, b.label))
    .map((line, index) => Object.assign({}, line, { colour: Math.max(index, place(FIRST_LINES, line.label)) }));
}

function place(first: readonly string[], name: string): number {
  const found = first.findIndex((prefix) => name.startsWith(prefix));
  return found === -1 ? first.length : found;
}

/** A count of the training dataset, and of the evaluation dataset. */
export interface DatasetCount {
  name: string;
  training: number | undefined;
  evaluation: number | undefined;
}

/** Returns the counts of a run's datasets: records before tokens, and then the others by name. */
export function datasetCounts(series: readonly ChartSeries[]): DatasetCount[] {
  const values = new Map(series.map(({ label, values: all }) => [label, all.at(-1) ?? undefined]));
  const names = [...values.keys()].filter(isCount).map((label) => label.slice(label.indexOf("/") + 1));
  return [...new Set(names)].toSorted(byCount).map((name) => ({
    name,
    training: values.get(`dataset/${name}`),
    evaluation: values.get(`eval_dataset/${name}`),
  }));
}

function byCount(a: string, b: string): number {
  const [first, second] = [a, b].map((name) => (FIRST_COUNTS.includes(name) ? FIRST_COUNTS.indexOf(name) : FIRST_COUNTS.length));
  return (first ?? 0) - (second ?? 0) || a.localeCompare(b);
}
