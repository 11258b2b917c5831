import { useState } from "react";

export interface Slot {
  /** The row's position in the list. */
  index: number;
  /** The number of the elements that the row has. */
  slot: number;
}

interface View {
  /** The first row that is drawn. */
  from: number;
  /** The number of rows that are drawn: those in sight, and some on each side. */
  slots: number;
  /** The first and the last row in sight. */
  sight: { startIndex: number; endIndex: number } | null;
  /** The number of all rows. */
  rows: number;
  isScrolling: boolean;
}

interface Drawn {
  /** The first row of the last drawing, and of that before the table began to move. */
  first: number;
  rest: number;
  /** The rows that the elements have, by the number of these. */
  indexes: readonly number[];
}

/**
 * Returns as many rows as a table has elements for, each with the number of its elements. A row that comes into sight takes
 * over the elements of one that has left, and while the table is scrolled they keep their order in the document: the styles
 * of elements that are made or moved take the browser longer than everything else. Once it rests they are in the order of
 * the rows, in which they are read aloud.
 *
 * While a table passes so fast that no row stays, only those in sight are drawn again.
 */
export function useSlots({ from, slots, sight, rows, isScrolling }: View): Slot[] {
  const first = Math.max(0, Math.min(from, rows - slots));
  const count = Math.min(slots, rows);
  const [drawn, setDrawn] = useState<Drawn>({ first, rest: first, indexes: [] });
  const isSame = first === drawn.first && drawn.indexes.length === count;
  const isPassing = isScrolling && drawn.indexes.length === count && Math.abs(first - drawn.first) >= count;
  const indexes = isScrolling && isSame ? drawn.indexes : indexesOf(first, count);
  const shown = isPassing ? indexes.map((index, slot) => (isIn(sight, index) ? index : keptIndex(drawn.indexes[slot], rows, index))) : indexes;
  const rest = isScrolling ? drawn.rest : first;
  if (!isSame || rest !== drawn.rest || shown.some((index, slot) => index !== drawn.indexes[slot])) {
    setDrawn({ first, rest, indexes: shown });
  }
  const placeOf = ({ slot }: Slot): number => (slot - (rest % slots) + slots) % slots;
  return shown.map((index, slot) => ({ index, slot })).toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Returns the rows from one on, by the number of their elements: the remainder of their position. */
function indexesOf(first: number, count: number): number[] {
  const start = count === 0 ? 0 : first % count;
  return Array.from({ length: count }, (_, slot) => first + ((slot - start + count) % count));
}

function isIn(sight: View["sight"], index: number): boolean {
  return sight === null || (index >= sight.startIndex && index <= sight.endIndex);
}

/** Returns the row that elements had, unless the list has become shorter. */
function keptIndex(before: number | undefined, rows: number, index: number): number {
  return before === undefined || before >= rows ? index : before;
}
