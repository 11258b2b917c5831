const WHOLE = new Intl.NumberFormat("en");

/** Returns a whole number with separators: "1,234,567". */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** Returns a number with its noun, which gets an "s" unless there is one: "1 step", "1,200 steps". */
export function numberOf(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns the number that a field's text is; undefined for one that is not a number yet, such as "-". */
export function parseNumber(text: number | string): number | undefined {
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Returns a number with at most four significant digits; very large and small ones in scientific notation. */
export function short(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(2).replace(/\.?0+e/, "e");
  }
  return String(Number(value.toPrecision(4)));
}

/** The decimals of a column whose values come while it is read. */
const PLACES = 4;

/**
 * Returns a number for a column that is aligned at its end, and what has to follow it so that the points are below each
 * other: three decimals, four below 0.1 and one from 1,000 on. Whole numbers have no point; very large and small ones
 * are in scientific notation.
 */
export function decimal(value: number): { text: string; rest: string } {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) {
    return { text: whole(value), rest: `.${"0".repeat(PLACES)}` };
  }
  if (!(size >= 1e-3 && size < 1e6)) {
    return { text: short(value), rest: "" };
  }
  const places = size < 0.1 ? PLACES : size < 1000 ? 3 : 1;
  return { text: value.toFixed(places), rest: "0".repeat(PLACES - places) };
}

/** Returns the number of decimals for numbers that are shown together, such as the means of a table. */
export function decimalsFor(values: readonly number[]): number {
  const largest = Math.max(0, ...values.map(Math.abs));
  return largest < 100 ? 3 : largest < 10_000 ? 1 : 0;
}

/** Returns a difference with its sign and a number of decimals: "+2.50", "−1.00", "0.00". */
export function withSign(difference: number, decimals: number): string {
  const text = Math.abs(difference).toFixed(decimals);
  const sign = difference > 0 ? "+" : "−";
  return Number(text) === 0 ? text : `${sign}${text}`;
}

/** Returns a size in bytes for people: "1.2 MB". */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [value, 0];
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** Returns a share of 1 in per cent: "42 %". */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Returns a share of 1 in per cent, with a decimal: "99.2 %", "< 0.1 %". */
export function precisePercent(share: number): string {
  return share > 0 && share < 0.001 ? "< 0.1 %" : `${Number((100 * share).toFixed(1))} %`;
}
