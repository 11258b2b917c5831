import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { useLocation } from "react-router";
import type { Pages } from "../paging/usePages.ts";
import { type Column, geometry, type RowReader, TICK_WIDTH } from "./columns.ts";
import classes from "./DataTable.module.css";
import type { OrderTerm } from "./order.ts";
import { observeOffset, REST_MS } from "./scrolling.ts";
import { TableHeader } from "./TableHeader.tsx";
import { TableRow } from "./TableRow.tsx";
import type { ColumnLayout } from "./useColumns.ts";
import { useOpening } from "./useOpening.ts";
import { useRowCursor } from "./useRowCursor.ts";
import type { Selection } from "./useSelection.ts";
import { useSlots } from "./useSlots.ts";

const ROW_HEIGHT = 34;
/** Rows beyond those in sight, on each side. */
const OVERSCAN = 8;
/** Rows before the end at which more are asked for. */
const AHEAD = 50;
const NO_ORDER: readonly OrderTerm[] = [];
/** The scroll offsets of tables, by their place in the browser's history. */
const offsets = new Map<string, number>();

interface Props<Ref, Row> {
  /** The table's label, such as "Traces". */
  label: string;
  columns: readonly Column<Row>[];
  layout: Pick<ColumnLayout, "widths" | "resize">;
  /** The rows that are loaded, and how to load more. */
  pages: Pick<Pages<Ref>, "rows" | "total" | "hasMore" | "loadMore" | "isStale" | "error">;
  idOf: (ref: Ref) => string;
  reader: RowReader<Ref, Row>;
  /** The page of a row, which a click, a middle click and Enter open; undefined for a row that has none. */
  linkOf?: (ref: Ref) => string | undefined;
  order?: readonly OrderTerm[];
  onOrder?: (order: OrderTerm[]) => void;
  selection?: Selection;
  /** The content after the last row, such as an error with a button to try again. */
  children?: ReactNode;
}

/** A table of rows of equal height, of which only those in sight are in the document. */
export function DataTable<Ref, Row>(props: Props<Ref, Row>): ReactElement {
  const { columns, layout, pages, idOf, selection } = props;
  const { rows, loadMore, isStale } = pages;
  // After a failure the next page is asked for by hand only.
  const hasMore = pages.hasMore && pages.error === undefined;
  const scroller = useRef<HTMLDivElement>(null);
  const place = `${useLocation().key} ${props.label}`;
  // The compiler leaves components with this hook as they are, which is meant.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    observeElementOffset: observeOffset,
    isScrollingResetDelay: REST_MS,
    scrollPaddingStart: ROW_HEIGHT,
    initialOffset: () => offsets.get(place) ?? 0,
  });
  useEffect(() => () => void offsets.set(place, virtualizer.scrollOffset ?? 0), [place, virtualizer]);
  useBeginning(virtualizer.scrollToOffset, isStale);
  const items = virtualizer.getVirtualItems();
  const inSight = Math.ceil((virtualizer.scrollRect?.height ?? 0) / ROW_HEIGHT) + 1;
  const slots = useSlots({
    from: items[0]?.index ?? 0,
    slots: items.length === 0 ? 0 : inSight + 2 * OVERSCAN,
    sight: virtualizer.range,
    rows: rows.length,
    isScrolling: virtualizer.isScrolling,
  });
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isStale && last >= rows.length - AHEAD) {
      loadMore();
    }
  }, [hasMore, isStale, last, rows.length, loadMore]);

  const ids = useMemo(() => rows.map(idOf), [rows, idOf]);
  const ticks = useMemo(() => selection && { selection, ids }, [selection, ids]);
  const open = useOpening();
  const toggle = useSelectionToggle(selection, ids);
  const firstInSight = (): number => virtualizer.range?.startIndex ?? 0;
  const cursor = useRowCursor({ ids, scroller, scrollTo: virtualizer.scrollToIndex, firstInSight, toggle: selection && toggle, linkOf: linkOfIndex(props) });
  const { template, width } = geometry(columns, layout.widths, selection !== undefined);
  const rowCount = pages.total ?? (hasMore ? -1 : rows.length);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rowCount < 0 ? -1 : rowCount + 1}
      aria-colcount={columns.length + (selection === undefined ? 0 : 1)}
      aria-multiselectable={selection !== undefined}
      aria-busy={isStale}
      aria-activedescendant={cursor.activeId}
      tabIndex={0}
      className={classes.scroller}
      style={{ "--table-columns": template, "--table-width": width, "--table-ticks": selection && `${TICK_WIDTH}px` }}
      onKeyDown={cursor.onKeyDown}
    >
      <TableHeader
        columns={columns}
        layout={layout}
        order={props.order ?? NO_ORDER}
        onOrder={props.onOrder}
        ticks={ticks}
      />
      <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }} data-stale={isStale}>
        {slots.map(({ index, slot }) => {
          const row = rows[index];
          const id = ids[index];
          return row === undefined || id === undefined ? null : (
            <TableRow
              key={slot}
              domId={cursor.domId(index)}
              id={id}
              row={row}
              reader={props.reader}
              index={index}
              top={index * ROW_HEIGHT}
              columns={columns}
              link={props.linkOf?.(row)}
              isActive={cursor.index === index}
              isTicked={selection?.ids.has(id)}
              onTick={toggle}
              onOpen={open}
            />
          );
        })}
      </div>
      {props.children}
    </div>
  );
}

/** Scrolls to the first row when other rows have come. */
function useBeginning(scrollTo: (offset: number) => void, isStale: boolean): void {
  const wasStale = useRef(false);
  useEffect(() => {
    if (wasStale.current && !isStale) {
      scrollTo(0);
    }
    wasStale.current = isStale;
  }, [scrollTo, isStale]);
}

/** A function that stays the same over changes of the rows, so that rows need not be drawn again. */
function useSelectionToggle(selection: Selection | undefined, ids: readonly string[]): (id: string, isRange: boolean) => void {
  const current = useRef({ selection, ids });
  useEffect(() => {
    current.current = { selection, ids };
  });
  return useCallback((id, isRange) => current.current.selection?.toggle(id, current.current.ids, isRange), []);
}

function linkOfIndex<Ref, Row>({ pages, linkOf }: Props<Ref, Row>): (index: number) => string | undefined {
  return (index) => {
    const row = pages.rows[index];
    return row === undefined ? undefined : linkOf?.(row);
  };
}
