import { useState } from "react";

interface ItemKeys {
  /** The key of each item. */
  keys: readonly number[];
  /** Forgets the key of an item that is taken out. */
  forget: (index: number) => void;
}

/** Returns keys that stay with the items of a list, to which others are added at the end, while some are taken out. */
export function useItemKeys(count: number): ItemKeys {
  const [known, setKnown] = useState<readonly number[]>([]);
  const next = Math.max(-1, ...known) + 1;
  const added = Array.from({ length: Math.max(0, count - known.length) }, (_, place) => next + place);
  const keys = [...known, ...added];
  return { keys, forget: (index) => setKnown(keys.filter((_, place) => place !== index)) };
}
