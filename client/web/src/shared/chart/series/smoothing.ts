import type { ChartSeries } from "./series.ts";

/**
 * Returns the exponential moving average of values, corrected for its start, as TensorBoard and Weights & Biases draw it.
 * A null stays null and does not count.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let average = 0;
  let correction = 0;
  return values.map((value) => {
    if (value === null) {
      return null;
    }
    average = weight * average + (1 - weight) * value;
    correction = weight * correction + (1 - weight);
    return average / correction;
  });
}

/** Returns a line smoothed by a weight of 0 (as it is) to below 1. */
export function smoothedSeries(line: ChartSeries, weight: number): ChartSeries {
  return weight === 0 ? line : { ...line, values: smooth(line.values, weight) };
}
