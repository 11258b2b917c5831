/** The line colours of each scheme; adjacent ones differ in lightness as well as in hue. */
const LINES = {
  light: ["#3d53b8", "#c2410c", "#0f766e", "#a21caf", "#4d7c0f", "#0369a1", "#be123c", "#57534e"],
  dark: ["#8fa2f5", "#f5a05b", "#3fd0bd", "#e59af5", "#a9d65a", "#5cc2f2", "#fb8ba0", "#c9c4be"],
} as const;

/** The second sign beside the colour: how the line is broken. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

/** A colour scheme of the pages. */
export type Scheme = keyof typeof LINES;

/** Returns the colour of the line at a place. */
export function lineColour(place: number, scheme: Scheme): string {
  const colours = LINES[scheme];
  return colours[place % colours.length] ?? colours[0];
}

/** Returns the lengths of dashes and gaps of the line at a place; empty for a solid line. */
export function lineDash(place: number): readonly number[] {
  return DASHES[place % DASHES.length] ?? [];
}

/** The colours of axes, grid and labels. */
export const AXES = {
  light: { text: "#5c6066", grid: "#ededf0", ground: "#ffffff" },
  dark: { text: "#9b9ea4", grid: "#24272c", ground: "#141619" },
} as const;
