import { useCallback, useMemo, useRef, useState } from "react";

/** The rows that are ticked, by id; they stay ticked when other pages are loaded or the order changes. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** Ticks or unticks a row; with `isRange` all rows from the last one that was ticked since the selection was empty. */
  toggle: (id: string, rows: readonly string[], isRange: boolean) => void;
  /** Ticks all the given rows, or unticks them if all are ticked. */
  toggleAll: (rows: readonly string[]) => void;
  clear: () => void;
}

/** Returns an empty selection. */
export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const toggle = useCallback((id: string, rows: readonly string[], isRange: boolean) => {
    const from = anchor.current;
    anchor.current = id;
    setIds((current) => (isRange && from !== null ? withRange(current, rows, from, id) : withToggled(current, id)));
  }, []);
  const toggleAll = useCallback((rows: readonly string[]) => {
    setIds((current) => {
      const given = new Set(rows);
      const areAll = rows.every((id) => current.has(id));
      return areAll ? new Set([...current].filter((id) => !given.has(id))) : new Set([...current, ...rows]);
    });
  }, []);
  const clear = useCallback(() => {
    anchor.current = null;
    setIds(new Set());
  }, []);
  return useMemo(() => ({ ids, toggle, toggleAll, clear }), [ids, toggle, toggleAll, clear]);
}

/** Returns a selection with all the given rows ticked while `isAll`; a change leaves that, and starts from these rows. */
export function useAllTicked(selection: Selection, isAll: boolean, rows: readonly string[], onLeave: () => void): Selection {
  return useMemo(() => {
    if (!isAll) {
      return selection;
    }
    const toggle: Selection["toggle"] = (id, shown) => {
      onLeave();
      selection.clear();
      selection.toggleAll(rows);
      selection.toggle(id, shown, false);
    };
    const clear = (): void => {
      onLeave();
      selection.clear();
    };
    return { ids: new Set(rows), toggle, toggleAll: clear, clear };
  }, [selection, isAll, rows, onLeave]);
}

function withToggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return ids.has(id) ? new Set([...ids].filter((each) => each !== id)) : new Set([...ids, id]);
}

function withRange(ids: ReadonlySet<string>, rows: readonly string[], from: string, to: string): ReadonlySet<string> {
  const ends = [rows.indexOf(from), rows.indexOf(to)].toSorted((a, b) => a - b);
  const [first = 0, last = 0] = ends;
  return first < 0 ? withToggled(ids, to) : new Set([...ids, ...rows.slice(first, last + 1)]);
}
