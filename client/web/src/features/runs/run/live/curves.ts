import type { ChartSeries, ValueKind } from "../../../../shared/chart/series/series.ts";
import { groupBy } from "../../../../shared/groupBy.ts";

/** A metric's values by step, in columns like the schema's `RunMetricSeries`. */
export interface Curve {
  steps: readonly number[];
  values: readonly (number | null)[];
  kinds: readonly ValueKind[];
}

/** One value of a metric, as `runEvents` delivers it. */
export interface MetricPoint {
  name: string;
  step: number;
  value: number | null;
  kind: ValueKind;
}

/** Curves by the name of their metric. */
export type Curves = ReadonlyMap<string, Curve>;

/** Number of live points of one curve beyond which every other one is left out. */
export const LIVE_POINTS_MAX = 4000;

const EMPTY: Curve = { steps: [], values: [], kinds: [] };

/** Returns curves with new points; a step that is measured again, after a retry, replaces what followed it. */
export function withPoints(curves: Curves, points: readonly MetricPoint[]): Curves {
  if (points.length === 0) {
    return curves;
  }
  const next = new Map(curves);
  for (const [name, added] of groupBy(points, (point) => point.name)) {
    next.set(name, downsample(extendCurve(next.get(name) ?? EMPTY, added)));
  }
  return next;
}

function extendCurve(curve: Curve, points: readonly MetricPoint[]): Curve {
  const [steps, values, kinds] = [[...curve.steps], [...curve.values], [...curve.kinds]];
  for (const { step, value, kind } of points) {
    while ((steps.at(-1) ?? -1) >= step) {
      steps.pop();
      values.pop();
      kinds.pop();
    }
    steps.push(step);
    values.push(value);
    kinds.push(kind);
  }
  return { steps, values, kinds };
}

/** Leaves out every other finite point of a long curve; points that are not finite stay, and so does the last one. */
function downsample(curve: Curve): Curve {
  const { length } = curve.steps;
  if (length <= LIVE_POINTS_MAX) {
    return curve;
  }
  const isKept = (_: unknown, index: number): boolean => (length - index) % 2 === 1 || curve.kinds[index] !== "FINITE";
  return { steps: curve.steps.filter(isKept), values: curve.values.filter(isKept), kinds: curve.kinds.filter(isKept) };
}

/** Returns stored curves continued by live ones: from the first live step on, the live points count. */
export function continueCurves(stored: readonly (Curve & { name: string })[], live: Curves): ChartSeries[] {
  const known = new Set(stored.map(({ name }) => name));
  const added = [...live].filter(([name]) => !known.has(name)).map(([label, { steps, values, kinds }]) => ({ label, steps, values, kinds }));
  return [...stored.map((curve) => joinCurves(curve, live.get(curve.name))), ...added];
}

function joinCurves({ name, steps, values, kinds }: Curve & { name: string }, live: Curve | undefined): ChartSeries {
  const from = live?.steps[0];
  if (live === undefined || from === undefined) {
    return { label: name, steps, values, kinds };
  }
  const end = steps.findIndex((step) => step >= from);
  const kept = end === -1 ? steps.length : end;
  return {
    label: name,
    steps: [...steps.slice(0, kept), ...live.steps],
    values: [...values.slice(0, kept), ...live.values],
    kinds: [...kinds.slice(0, kept), ...live.kinds],
  };
}
