/** The number of changes of what queries read that were counted so far. */
let changes = 0;

/** Counts a change on the server, of which a query that is in flight may not know yet. */
export function countChange(): void {
  changes += 1;
}

/** Returns how many changes were counted so far. */
export function changesSoFar(): number {
  return changes;
}

/** Context of a mutation whose change no query shows: those in flight need not be sent again. */
export const UNSEEN = { isUnseen: true };
