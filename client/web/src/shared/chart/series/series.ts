/** Whether a value is finite, by the schema's `RunValueKind`. */
export type ValueKind = "FINITE" | "NAN" | "POSITIVE_INFINITY" | "NEGATIVE_INFINITY";

/** A line of a chart, in columns like the schema's `RunMetricSeries`. */
export interface ChartSeries {
  label: string;
  /** Positions on the x axis, ascending. */
  steps: readonly number[];
  /** Values; null where they are not finite. */
  values: readonly (number | null)[];
  /** Whether each value is finite; omitted if all are that are not null. */
  kinds?: readonly ValueKind[];
  /** Place in the palette, where it is not the place in the chart: one run keeps its colour in all charts. */
  colour?: number;
}

/** A point that cannot be drawn on the line. */
export interface Mark {
  step: number;
  kind: Exclude<ValueKind, "FINITE">;
  /** Place of its series in the chart. */
  series: number;
}

/** The label of each kind of value. */
export const KIND_TEXT: Record<ValueKind, string> = {
  FINITE: "finite",
  NAN: "NaN",
  POSITIVE_INFINITY: "∞",
  NEGATIVE_INFINITY: "−∞",
};

type Column = (number | null | undefined)[];

/** The lines on one x axis: a null is a gap, undefined is a step that only other lines have. */
export interface Aligned {
  steps: number[];
  columns: Column[];
}

/** Returns lines on one x axis with every step that any of them has. */
export function alignSeries(series: readonly ChartSeries[]): Aligned {
  const steps = [...new Set(series.flatMap((line) => line.steps))].toSorted((a, b) => a - b);
  const places = new Map(steps.map((step, place) => [step, place]));
  const columns = series.map((line) => {
    const column: Column = Array.from({ length: steps.length });
    for (const [index, step] of line.steps.entries()) {
      column[places.get(step) ?? 0] = line.values[index] ?? null;
    }
    return column;
  });
  return { steps, columns };
}

/** Returns the points of lines that are not finite. */
export function marksOf(series: readonly ChartSeries[]): Mark[] {
  return series.flatMap((line, place) =>
    (line.kinds ?? []).flatMap((kind, index) =>
      kind === "FINITE" ? [] : [{ step: line.steps[index] ?? 0, kind, series: place }],
    ),
  );
}

/** Returns a line without the values that a logarithmic axis has no place for. */
export function positive(line: ChartSeries): ChartSeries {
  return { ...line, values: line.values.map((value) => (value !== null && value > 0 ? value : null)) };
}

/** Returns the place of the defined value that is nearest to a place; undefined in an empty column. */
export function nearest(column: Column, place: number): number | undefined {
  for (let distance = 0; distance < column.length; distance += 1) {
    const found = [place - distance, place + distance].find((at) => column[at] !== undefined);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
