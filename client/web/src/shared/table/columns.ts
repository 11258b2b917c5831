import type { ComponentType, ReactNode } from "react";

/** A column of a table. */
export interface Column<Row> {
  /** Its id in URLs and in stored layouts. */
  id: string;
  header: string;
  /** Its width in pixels at first. */
  width: number;
  /** Whether it takes the room that is left, unless it was given a width by hand. */
  grows?: boolean;
  align?: "start" | "end";
  /** The order's field by which its header sorts; without one it does not. */
  orderField?: string;
  cell: (row: Row) => ReactNode;
}

/**
 * Reads a row's fields and gives them to its child; undefined if they are gone. As a component it may read a fragment,
 * so that the row changes with the cache.
 */
export type RowReader<Ref, Row> = ComponentType<{ of: Ref; children: (row: Row | undefined) => ReactNode }>;

/** Widths that were given by hand, in pixels, by column. */
export type Widths = Readonly<Record<string, number>>;

export const NARROWEST = 48;
export const WIDEST = 1200;
/** Width of the column of checkboxes. */
export const TICK_WIDTH = 36;

interface Geometry {
  /** The value of `grid-template-columns` of every row. */
  template: string;
  /** The least width of a row. */
  width: string;
}

/** Returns the tracks of a row. The first column never takes more than half of a narrow screen, so that others are in reach. */
export function geometry(columns: readonly Column<never>[], widths: Widths, hasTicks: boolean): Geometry {
  const fixed = columns.map((column, index) => {
    const pixels = `${widths[column.id] ?? column.width}px`;
    return index === 0 ? `min(${pixels}, 48vw)` : pixels;
  });
  const tracks = fixed.map((size, index) => {
    const column = columns[index];
    return column?.grows === true && widths[column.id] === undefined ? `minmax(${size}, 1fr)` : size;
  });
  const ticks = hasTicks ? [`${TICK_WIDTH}px`] : [];
  const rest = tracks.some((track) => track.startsWith("minmax")) ? [] : ["minmax(0, 1fr)"];
  return {
    template: [...ticks, ...tracks, ...rest].join(" "),
    width: `calc(${[...ticks, ...fixed].join(" + ")})`,
  };
}
