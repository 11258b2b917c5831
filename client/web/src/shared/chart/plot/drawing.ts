import { decimal } from "../../format/numbers.ts";
import type { LegendEntry } from "./ChartLegend.tsx";
import type { DrawnLine } from "./options.ts";
import { alignSeries, type Aligned, type ChartSeries, KIND_TEXT, type Mark, marksOf, nearest, positive } from "../series/series.ts";
import { smoothedSeries } from "../series/smoothing.ts";

/** A line with its colour, and whether the reader has hidden it. */
export interface ChartLine extends ChartSeries {
  colour: number;
  isShown: boolean;
}

/** A chart as it is drawn: smoothed lines after the faint lines that they smooth. */
export interface Drawing {
  lines: DrawnLine[];
  data: Aligned;
  marks: Mark[];
  /** Number of values that a logarithmic axis has no place for. */
  leftOut: number;
}

/** Returns the drawing of lines. */
export function drawLines(lines: readonly ChartLine[], smoothing: number, isLog: boolean): Drawing {
  const shown = lines.filter((line) => line.isShown);
  const placed = isLog ? shown.map(positive) : shown;
  const faint = smoothing === 0 ? [] : placed;
  const solid = placed.map((line) => smoothedSeries(line, smoothing));
  return {
    lines: [...(smoothing === 0 ? [] : drawnLines(shown, true)), ...drawnLines(shown, false)],
    data: alignSeries([...faint, ...solid]),
    marks: marksOf(shown),
    leftOut: isLog ? shown.reduce((count, line) => count + line.values.filter((value) => value !== null && value <= 0).length, 0) : 0,
  };
}

function drawnLines(lines: readonly ChartLine[], isFaint: boolean): DrawnLine[] {
  return lines.map(({ colour, values }) => ({ colour, isFaint, isLone: values.filter((value) => value !== null).length === 1 }));
}

/** Returns the legend for a cursor at a place, or for the end of the lines if there is none. */
export function legendEntries(lines: readonly ChartLine[], { data, lines: drawn, marks }: Drawing, at: number | null): LegendEntry[] {
  const solid = data.columns.slice(drawn.filter((line) => line.isFaint).length);
  let place = -1;
  return lines.map(({ label, colour, isShown }) => {
    place += isShown ? 1 : 0;
    const column = solid[place];
    const value = isShown && column ? valueAt(column, data.steps, at, marks.filter((mark) => mark.series === place)) : "";
    return { label, colour, isShown, value };
  });
}

function valueAt(column: Aligned["columns"][number], steps: readonly number[], at: number | null, marks: readonly Mark[]): string {
  const place = nearest(column, at ?? column.length - 1);
  if (place === undefined) {
    return "";
  }
  const value = column[place];
  const mark = marks.find(({ step }) => step === steps[place]);
  return mark === undefined ? (typeof value === "number" ? decimal(value).text : "") : KIND_TEXT[mark.kind];
}
