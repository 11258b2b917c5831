import type { ChartSeries } from "../../../../shared/chart/series/series.ts";
import type { Curve } from "../live/curves.ts";

/** Returns curves whose points are replaced by finer ones, as far as those go. */
export function refineSeries(series: readonly ChartSeries[], detail: readonly (Curve & { name: string })[]): ChartSeries[] {
  const finer = new Map(detail.map((curve) => [curve.name, curve]));
  return series.map((line) => {
    const curve = finer.get(line.label);
    return curve === undefined || curve.steps.length === 0 ? line : replacePoints(line, curve);
  });
}

function replacePoints(line: ChartSeries, { steps, values, kinds }: Curve): ChartSeries {
  const [from, to] = [steps[0] ?? 0, steps.at(-1) ?? 0];
  const before = line.steps.filter((step) => step < from).length;
  const after = line.steps.filter((step) => step <= to).length;
  const known = line.kinds ?? line.values.map((value) => (value === null ? "NAN" : "FINITE"));
  return Object.assign({}, line, {
    steps: [...line.steps.slice(0, before), ...steps, ...line.steps.slice(after)],
    values: [...line.values.slice(0, before), ...values, ...line.values.slice(after)],
    kinds: [...known.slice(0, before), ...kinds, ...known.slice(after)],
  });
}
