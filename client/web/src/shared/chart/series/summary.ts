import { short } from "../../format/numbers.ts";
import type { ChartSeries } from "./series.ts";

/** Returns a line in one sentence for those who cannot see it. */
export function lineSummary({ label, steps, values, kinds = [] }: ChartSeries): string {
  const points = values.flatMap((value, index) => (value === null ? [] : [{ value, step: steps[index] ?? 0 }]));
  const [first] = points;
  const last = points.at(-1);
  const broken = kinds.filter((kind) => kind !== "FINITE").length;
  const rest = broken === 0 ? "" : `, ${broken} not finite`;
  if (first === undefined || last === undefined) {
    return `${label}: no finite value${rest}`;
  }
  const lowest = points.reduce((best, point) => (point.value < best.value ? point : best));
  const highest = points.reduce((best, point) => (point.value > best.value ? point : best));
  const span = `${short(first.value)} at step ${first.step} to ${short(last.value)} at step ${last.step}`;
  return `${label}: from ${span}, lowest ${short(lowest.value)}, highest ${short(highest.value)}${rest}`;
}

/** Returns a chart in words. */
export function chartSummary(title: string, series: readonly ChartSeries[]): string {
  return series.length === 0 ? `${title}: no line is shown` : `${title}. ${series.map(lineSummary).join(". ")}.`;
}
