const WHOLE = new Intl.NumberFormat("en");

/** Returns a whole number with separators: "1,234,567". */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** Returns a number with its noun, which gets an "s" unless there is one: "1 step", "1,200 steps". */
export function numberOf(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
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
