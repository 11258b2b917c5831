import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import classes from "./VirtualRows.module.css";

interface Props<Row> {
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** The height of a row before it is measured. */
  heightOf: (row: Row) => number;
  /** Position of the row to scroll to. */
  shown?: number | undefined;
  render: (row: Row) => ReactNode;
}

/** Up to this height all rows are in the document, where the browser's own search finds them. */
const WHOLE_MAX = 30_000;

/** Rows of any height in a page that scrolls. Of many or high ones, only those on the screen are in the document. */
export function VirtualRows<Row>(props: Props<Row>): ReactElement {
  const { rows, heightOf } = props;
  const isLarge = useMemo(() => rows.reduce((sum, row) => sum + heightOf(row), 0) > WHOLE_MAX, [rows, heightOf]);
  return isLarge ? <SomeRows {...props} /> : <AllRows {...props} />;
}

function AllRows<Row>({ rows, keyOf, shown, render }: Props<Row>): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (shown !== undefined) {
      list.current?.children[shown]?.scrollIntoView({ block: "nearest" });
    }
  }, [shown]);
  return (
    <div ref={list}>
      {rows.map((row) => (
        <div key={keyOf(row)}>{render(row)}</div>
      ))}
    </div>
  );
}

function SomeRows<Row>({ rows, keyOf, heightOf, shown, render }: Props<Row>): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const scroller = useCallback(() => list.current?.closest("main") ?? document.documentElement, []);
  useLayoutEffect(() => watchOffset(list.current, scroller(), setMargin), [scroller]);
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: scroller,
    estimateSize: (position) => mapDefined(rows[position], heightOf) ?? 0,
    getItemKey: (position) => mapDefined(rows[position], keyOf) ?? position,
    overscan: 4,
    scrollMargin: margin,
  });
  useEffect(() => {
    if (shown !== undefined) {
      virtual.scrollToIndex(shown, { align: "auto" });
    }
  }, [shown, virtual]);
  return (
    <div ref={list} className={classes.rows} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => (
        <div
          key={item.key}
          ref={virtual.measureElement}
          data-index={item.index}
          style={{ transform: `translateY(${item.start - margin}px)` }}
        >
          {mapDefined(rows[item.index], render)}
        </div>
      ))}
    </div>
  );
}

function mapDefined<Row, Value>(row: Row | undefined, make: (row: Row) => Value): Value | undefined {
  return row === undefined ? undefined : make(row);
}

/** Reports how far below the top of what scrolls an element begins, also when something above it changes its height. */
function watchOffset(element: HTMLElement | null, scroller: Element, report: (offset: number) => void): () => void {
  if (element === null) {
    return () => {};
  }
  const measure = (): void => {
    const offset = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    report(Math.round(offset));
  };
  measure();
  const observer = new ResizeObserver(measure);
  for (let above = element.previousElementSibling; above !== null; above = above.previousElementSibling) {
    observer.observe(above);
  }
  if (element.parentElement?.previousElementSibling) {
    observer.observe(element.parentElement.previousElementSibling);
  }
  return () => observer.disconnect();
}
