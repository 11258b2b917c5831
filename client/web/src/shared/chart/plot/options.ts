import type uPlot from "uplot";
import { AXES, lineColour, lineDash, type Scheme } from "./palette.ts";
import type { Mark } from "../series/series.ts";

/** A line as it is drawn. */
export interface DrawnLine {
  colour: number;
  /** Whether it is only the ground of its smoothed line. */
  isFaint: boolean;
  /** Whether it has one value, which is a point that must be found. */
  isLone: boolean;
}

/** The configuration of a plot; another one needs a new plot, new data do not. */
export interface PlotSpec {
  lines: readonly DrawnLine[];
  scheme: Scheme;
  isLog: boolean;
  height: number;
  /** Plots of one key share cursor and zoom. */
  syncKey: string | undefined;
}

/** The callbacks of a plot. */
export interface PlotEvents {
  cursor: (plot: uPlot) => void;
  scale: (plot: uPlot, key: string) => void;
  marks: () => readonly Mark[];
}

const FONT = '11px system-ui, "Segoe UI", sans-serif';
const MARK_SIZE = 5;
const EXPONENTS = { least: -32, most: 306 };

/** Distances of ticks: uPlot's own end at 1e32, which the perplexity of a diverged model exceeds. */
const DISTANCES = Array.from({ length: EXPONENTS.most - EXPONENTS.least }, (_, place) => place + EXPONENTS.least).flatMap(
  (exponent) => [1, 2, 2.5, 5].map((digit) => Number(`${digit}e${exponent}`)),
);

/** Returns uPlot's options for a plot. */
export function plotOptions(spec: PlotSpec, width: number, events: PlotEvents): uPlot.Options {
  const { lines, scheme, isLog, height, syncKey } = spec;
  return {
    width,
    height,
    legend: { show: false },
    padding: [10, 20, 0, 0],
    scales: { x: { time: false }, y: isLog ? { distr: 3, range: logRange } : {} },
    axes: [{ ...axis(scheme, 40, wholeTicks), label: "Step", labelFont: FONT, labelSize: 16, labelGap: 0 }, { ...axis(scheme, 16, (_, ticks) => (isLog ? ticks.map(logTickText) : tickTexts(ticks)), 52), incrs: DISTANCES }],
    series: [{}, ...lines.map((line) => series(line, scheme))],
    cursor: {
      drag: { x: true, y: false, dist: 4 },
      points: { size: 6 },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
    },
    hooks: {
      setCursor: [events.cursor],
      setScale: [events.scale],
      draw: [(plot) => drawMarks(plot, events.marks(), spec)],
    },
  };
}

function series({ colour, isFaint, isLone }: DrawnLine, scheme: Scheme): uPlot.Series {
  const stroke = lineColour(colour, scheme);
  return isFaint
    ? { stroke: `${stroke}4d`, width: 1, points: { show: false } }
    : { stroke, width: 1.5, dash: [...lineDash(colour)], points: { size: isLone ? 9 : 4, fill: stroke } };
}

function axis(scheme: Scheme, space: number, values: uPlot.Axis.Values, size?: number): uPlot.Axis {
  const { text, grid } = AXES[scheme];
  return {
    stroke: text,
    font: FONT,
    space,
    gap: 4,
    ...(size === undefined ? { size: 22 } : { size }),
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    values,
  };
}

/** Steps are whole: a tick between two of them has no label. */
function wholeTicks(_plot: uPlot, ticks: number[]): string[] {
  return ticks.map((tick) => (Number.isInteger(tick) ? tick.toLocaleString("en") : ""));
}

/** Returns the labels of an axis's ticks, all with as many decimals as one of them needs. */
export function tickTexts(ticks: readonly (number | null)[]): string[] {
  const texts = ticks.map(tickText);
  const decimals = Math.max(0, ...texts.map((text) => text.split(".")[1]?.length ?? 0));
  return texts.map((text, place) => (text === "" || texts.some((other) => other.includes("e")) ? text : (ticks[place] ?? 0).toFixed(decimals)));
}

/** Returns a tick's label: as it is, or in scientific notation without needless digits. */
export function tickText(tick: number | null): string {
  if (tick === null) {
    return "";
  }
  const size = Math.abs(tick);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e6);
  return isPlain ? String(Number(tick.toPrecision(6))) : Number(tick.toPrecision(3)).toExponential().replace("e+", "e");
}

/** The same for a logarithmic axis, whose ends are no round numbers and have no label. */
export function logTickText(tick: number | null): string {
  const digit = tick === null ? 0 : Number(tick.toExponential(6).split("e")[0]);
  return Number.isInteger(digit) ? tickText(tick) : "";
}

/** A logarithmic range a little wider than the data; uPlot's own ends at whole powers of ten. */
export function logRange(_plot: unknown, low: number | null, high: number | null): [number, number] {
  const [min, max] = [low ?? 0.1, high ?? 1];
  return [min / 1.1, max * 1.1];
}

/** Draws a triangle at the edge towards which a value left the chart, with its name. */
function drawMarks(plot: uPlot, marks: readonly Mark[], { lines, scheme }: PlotSpec): void {
  const { ctx, bbox } = plot;
  const solid = lines.filter((line) => !line.isFaint);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { step, kind, series: place } of marks) {
    const x = plot.valToPos(step, "x", true);
    const isDown = kind === "NEGATIVE_INFINITY";
    ctx.fillStyle = lineColour(solid[place]?.colour ?? place, scheme);
    drawTriangle(ctx, x, isDown ? bbox.top + bbox.height : bbox.top, isDown);
  }
  ctx.restore();
}

function drawTriangle(ctx: CanvasRenderingContext2D, x: number, edge: number, isDown: boolean): void {
  const size = MARK_SIZE * devicePixelRatio;
  const base = isDown ? edge - 1.6 * size : edge + 1.6 * size;
  ctx.beginPath();
  ctx.moveTo(x, edge);
  ctx.lineTo(x - size, base);
  ctx.lineTo(x + size, base);
  ctx.fill();
}
