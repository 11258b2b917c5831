import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useKeys } from "../keyboard/Keys.tsx";

interface Rows {
  ids: readonly string[];
  scroller: RefObject<HTMLElement | null>;
  scrollTo: (index: number, options?: { align?: "auto" }) => void;
  /** Returns the first row in sight, at which the first key begins. */
  firstInSight: () => number;
  /** Ticks a row; undefined where rows cannot be ticked. */
  toggle: ((id: string, isRange: boolean) => void) | undefined;
  linkOf: (index: number) => string | undefined;
}

export interface RowCursor {
  /** The row that keys act on; -1 before the first key. */
  index: number;
  activeId: string | undefined;
  domId: (index: number) => string;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Moves through the rows of a table by `j` and `k` or arrow keys, opens one by Enter and ticks one by `x`. */
export function useRowCursor(rows: Rows): RowCursor {
  const base = useId();
  const navigate = useNavigate();
  const [id, setId] = useState<string | null>(null);
  const index = useMemo(() => (id === null ? -1 : rows.ids.indexOf(id)), [rows.ids, id]);
  const domId = (row: number): string => `${base}-row-${row}`;

  const current = useRef({ ...rows, index });
  useEffect(() => {
    current.current = { ...rows, index };
  });
  const keys = useMemo(() => {
    const move = (by: number): void => {
      const { ids, scroller, scrollTo, firstInSight, index: known } = current.current;
      const at = known < 0 ? firstInSight() - 1 : known;
      const next = Math.max(0, Math.min(ids.length - 1, at + by));
      setId(ids[next] ?? null);
      scrollTo(next, { align: "auto" });
      scroller.current?.focus({ preventScroll: true });
    };
    const tick = (isRange: boolean): void => {
      const { ids, toggle, index: at } = current.current;
      const row = ids[at];
      if (row !== undefined) {
        toggle?.(row, isRange);
      }
    };
    const open = (): void => {
      const link = current.current.linkOf(current.current.index);
      if (link !== undefined) {
        void navigate(link);
      }
    };
    return { move, tick, open };
  }, [navigate]);

  const areTicked = rows.toggle !== undefined;
  const bindings = useMemo(
    () => [
      { keys: "j", label: "Next row", run: () => keys.move(1) },
      { keys: "k", label: "Previous row", run: () => keys.move(-1) },
      { keys: "o", label: "Open the row (or Enter)", run: keys.open },
      ...(areTicked
        ? [
            { keys: "x", label: "Select the row", run: () => keys.tick(false) },
            { keys: "X", label: "Select all rows from the last selected one", run: () => keys.tick(true) },
          ]
        : []),
    ],
    [keys, areTicked],
  );
  useKeys("List", bindings);

  const own: Record<string, () => void> = {
    ArrowDown: () => keys.move(1),
    ArrowUp: () => keys.move(-1),
    PageDown: () => keys.move(20),
    PageUp: () => keys.move(-20),
    Home: () => keys.move(-Infinity),
    End: () => keys.move(Infinity),
    Enter: keys.open,
    " ": () => keys.tick(false),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const run = own[event.key];
    if (run !== undefined && event.target === event.currentTarget) {
      event.preventDefault();
      run();
    }
  };
  return { index, activeId: index < 0 ? undefined : domId(index), domId, onKeyDown };
}
