import { useState } from "react";

export interface Slot {
  /** The row's position in the list. */
  index: number;
  /** The number of the elements that the row has. */
  slot: number;
}

/**
 * Returns as many rows as a table has elements for, from a row on, each with the number of its elements. A row that comes
 * into sight takes over the elements of one that has left, and while the table is scrolled they keep their order in the
 * document: the styles of elements that are made or moved take the browser longer than everything else. Once it rests
 * they are in the order of the rows, in which they are read aloud.
 */
export function useSlots(from: number, slots: number, rows: number, isScrolling: boolean): Slot[] {
  const first = Math.max(0, Math.min(from, rows - slots));
  const [rest, setRest] = useState(first);
  if (!isScrolling && rest !== first) {
    setRest(first);
  }
  const start = isScrolling ? rest : first;
  const placeOf = ({ slot }: Slot): number => (slot - (start % slots) + slots) % slots;
  return Array.from({ length: Math.min(slots, rows) }, (_, at) => ({ index: first + at, slot: (first + at) % slots })).toSorted(
    (a, b) => placeOf(a) - placeOf(b),
  );
}
