import type { ChartSeries } from "../../../shared/chart/series/series.ts";

/** Most runs that are compared at once: the number of line styles that are easy to distinguish. */
export const MOST_RUNS = 8;

/** A metric of several runs, as the schema's `RunMetricComparison`. */
export interface ComparedMetric {
  name: string;
  series: readonly Omit<ChartSeries, "label">[];
}

/** A curve of each run that has the metric, labelled by the run's name; a run keeps its colour in all charts. */
export function chartSeries({ series }: ComparedMetric, names: readonly string[]): ChartSeries[] {
  return series
    .map((curve, place) => ({ ...curve, label: names[place] ?? "", colour: place }))
    .filter(({ steps }) => steps.length > 0);
}

/** Whether a metric is a curve, and not a number of the whole run such as its records. */
export function isCurve({ series }: ComparedMetric): boolean {
  return series.some(({ steps }) => steps.length > 1);
}

/** A last value of a metric, and its difference from the baseline's. */
export interface LastValue {
  /** Null if the run does not have the metric, or its last value is not finite. */
  value: number | null;
  /** Null for the baseline, and where one of both is missing. */
  difference: number | null;
}

/** Returns the last value of a metric in each run; the first is the baseline. */
export function lastValues({ series }: ComparedMetric): LastValue[] {
  const values = series.map((curve) => curve.values.at(-1) ?? null);
  const baseline = values[0] ?? null;
  return values.map((value, place) => ({
    value,
    difference: place === 0 || value === null || baseline === null ? null : value - baseline,
  }));
}

/** Whether a metric is a curve, or a number in which the runs differ. */
function isInformative(metric: ComparedMetric): boolean {
  const values = new Set(lastValues(metric).map(({ value }) => value));
  return isCurve(metric) || values.size > 1;
}

/** Returns the metrics that are worth a row: curves first, then numbers of whole runs. */
export function informativeMetrics(metrics: readonly ComparedMetric[]): ComparedMetric[] {
  const informative = metrics.filter(isInformative);
  return [...informative.filter(isCurve), ...informative.filter((metric) => !isCurve(metric))];
}

/** Returns the runs with one moved to another place. */
export function moveRun(ids: readonly string[], from: number, to: number): string[] {
  const id = ids[from];
  const others = ids.filter((_, place) => place !== from);
  return id === undefined ? [...ids] : [...others.slice(0, to), id, ...others.slice(to)];
}

/** Reads the runs of an address; one that is named twice counts once, and those beyond the most are left out. */
export function idsOf(text: string | null): string[] {
  const ids = (text ?? "").split(",").map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== ""))].slice(0, MOST_RUNS);
}
