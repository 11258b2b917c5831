import { short, whole } from "../format/numbers.ts";

/** A bin of a histogram: the values from `from` to `to`, which are the same if it is of a single value. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** The positions of a histogram's bars: in `places` of equal width, after `before` empty ones. */
export interface Bars {
  places: number;
  before: number;
  /** Whether each bar is of one value, and there is room to name it below the bar. */
  areNamed: boolean;
}

/** Fewer bars than these are centred, since a bar as wide as the chart does not look like one. */
const PLACES_MIN = 7;
/** Whole numbers from here on are written as powers of ten. */
const WHOLE_MAX = 1e9;
/** The most bars that have names. */
const NAMES_MAX = 12;

/** Returns bins of the server, the upper bound of which is exclusive: the last of whole numbers is one below it. */
export function binsOf(bins: readonly { low: number; high: number; count: number }[], areWhole: boolean): Bin[] {
  return bins.map(({ low, high, count }) => ({ from: low, to: areWhole ? high - 1 : high, count }));
}

/** Returns where the bars of bins stand. */
export function barsOf(bins: readonly Bin[]): Bars {
  const areNamed = bins.length > 0 && bins.length <= NAMES_MAX && bins.every(({ from, to }) => from === to);
  const places = areNamed ? Math.max(PLACES_MIN, bins.length) : Math.max(1, bins.length);
  return { places, before: areNamed ? (places - bins.length) / 2 : 0, areNamed };
}

/** Returns the count of the highest bar, at least 1. */
export function highestOf(bins: readonly Bin[]): number {
  return Math.max(1, ...bins.map((bin) => bin.count));
}

/** Returns a value of an axis: whole numbers with all their digits. */
export function valueText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < WHOLE_MAX ? whole(value) : short(value);
}

/** Returns a bin's values: "1 to 2", or "1" if it has one only. */
export function binText({ from, to }: Bin): string {
  return from === to ? valueText(from) : `${valueText(from)} to ${valueText(to)}`;
}

/** Returns a histogram in words. */
export function histogramSummary(title: string, bins: readonly Bin[]): string {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined || total === 0) {
    return `${title}: no values`;
  }
  const [low, high] = [valueText(first.from), valueText(last.to)];
  if (low === high) {
    return total === 1 ? `${title}: one value, ${low}` : `${title}: all ${whole(total)} values are ${low}`;
  }
  const top = bins.reduce((best, bin) => (bin.count > best.count ? bin : best));
  const place = top.from === top.to ? `at ${valueText(top.from)}` : `between ${valueText(top.from)} and ${valueText(top.to)}`;
  return `${title}: ${whole(total)} values from ${low} to ${high}, most ${place} (${whole(top.count)})`;
}
