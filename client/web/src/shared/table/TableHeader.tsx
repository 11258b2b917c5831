import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { memo, type ReactElement, useEffect, useMemo, useRef } from "react";
import type { Column } from "./columns.ts";
import classes from "./DataTable.module.css";
import { nextOrder, type OrderTerm } from "./order.ts";
import { ResizeHandle } from "./ResizeHandle.tsx";
import type { ColumnLayout } from "./useColumns.ts";
import type { Selection } from "./useSelection.ts";

interface Ticks {
  selection: Selection;
  ids: readonly string[];
}

interface Props<Row> {
  columns: readonly Column<Row>[];
  layout: Pick<ColumnLayout, "widths" | "resize">;
  order: readonly OrderTerm[];
  onOrder: ((order: OrderTerm[]) => void) | undefined;
  ticks: Ticks | undefined;
}

function Header<Row>({ columns, layout, order, onOrder, ticks }: Props<Row>): ReactElement {
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" aria-rowindex={1} className={classes.headRow}>
        {ticks && <TickAll {...ticks} />}
        {columns.map((column, at) => {
          const term = order.find(({ field }) => field === column.orderField);
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-colindex={at + (ticks === undefined ? 1 : 2)}
              aria-sort={term && (term.direction === "ASC" ? "ascending" : "descending")}
              className={classes.headCell}
              data-first={at === 0}
              data-end={column.align === "end" && at > 0}
            >
              <Name column={column} term={term} order={order} onOrder={onOrder} />
              <ResizeHandle
                label={column.header}
                width={layout.widths[column.id] ?? column.width}
                onResize={(width) => layout.resize(column.id, width)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The names of the columns, which sort and which can be made wider; not drawn again while the rows are scrolled. */
export const TableHeader = memo(Header) as typeof Header;

interface NameProps<Row> {
  column: Column<Row>;
  term: OrderTerm | undefined;
  order: readonly OrderTerm[];
  onOrder: ((order: OrderTerm[]) => void) | undefined;
}

function Name<Row>({ column, term, order, onOrder }: NameProps<Row>): ReactElement {
  const { orderField, header } = column;
  if (orderField === undefined || onOrder === undefined) {
    return (
      <span className={classes.name} title={header}>
        {header}
      </span>
    );
  }
  const Arrow = term?.direction === "DESC" ? IconArrowDown : IconArrowUp;
  return (
    <button
      type="button"
      className={classes.sort}
      title={`Sort by ${header.toLowerCase()}; with Shift after the other columns`}
      onClick={(event) => onOrder(nextOrder(order, orderField, event.shiftKey))}
    >
      <span className={classes.name}>{header}</span>
      {term && <Arrow size={14} aria-hidden />}
      {term && order.length > 1 && <small>{order.indexOf(term) + 1}</small>}
    </button>
  );
}

function TickAll({ selection, ids }: Ticks): ReactElement {
  const box = useRef<HTMLInputElement>(null);
  const ticked = useMemo(() => ids.filter((id) => selection.ids.has(id)).length, [ids, selection.ids]);
  const areAll = ids.length > 0 && ticked === ids.length;
  useEffect(() => {
    if (box.current !== null) {
      box.current.indeterminate = ticked > 0 && !areAll;
    }
  }, [ticked, areAll]);
  return (
    <div role="columnheader" aria-colindex={1} className={classes.tick}>
      <label>
        <input
          ref={box}
          type="checkbox"
          checked={areAll}
          aria-label="Select all loaded rows"
          onChange={() => selection.toggleAll(ids)}
        />
      </label>
    </div>
  );
}
