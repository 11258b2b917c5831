import { type CSSProperties, memo, type MouseEvent, type ReactElement, type ReactNode } from "react";
import type { Column, RowReader } from "./columns.ts";
import classes from "./DataTable.module.css";

interface Props<Ref, Row> {
  domId: string;
  id: string;
  row: Ref;
  reader: RowReader<Ref, Row>;
  index: number;
  top: number;
  columns: readonly Column<Row>[];
  link: string | undefined;
  isActive: boolean;
  /** Undefined where rows cannot be ticked. */
  isTicked: boolean | undefined;
  onTick: (id: string, isRange: boolean) => void;
  onOpen: (link: string, event: MouseEvent<HTMLElement>) => void;
}

function Row<Ref, Row>({ reader: Reader, ...props }: Props<Ref, Row>): ReactElement {
  const { id, index, columns, link, isTicked, onTick, onOpen } = props;
  const open = (event: MouseEvent<HTMLElement>): void => {
    if (link !== undefined) {
      onOpen(link, event);
    }
  };
  const offset = isTicked === undefined ? 1 : 2;
  return (
    // Keys act on the grid, which has the focus: see `useRowCursor`.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      role="row"
      id={props.domId}
      aria-rowindex={index + 2}
      aria-selected={isTicked}
      data-active={props.isActive}
      data-opens={link !== undefined}
      className={classes.row}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={open}
      onAuxClick={open}
    >
      {isTicked !== undefined && (
        <div role="gridcell" aria-colindex={1} className={classes.tick}>
          <label>
            <input
              type="checkbox"
              tabIndex={-1}
              checked={isTicked}
              aria-label={`Select row ${index + 1}`}
              onClick={(event) => onTick(id, event.shiftKey)}
              readOnly
            />
          </label>
        </div>
      )}
      <Reader of={props.row}>
        {(row) =>
          columns.map((column, at) => (
            <div
              key={column.id}
              role="gridcell"
              aria-colindex={at + offset}
              className={classes.cell}
              style={cellStyle(column, at === 0)}
              data-first={at === 0}
            >
              {row === undefined ? null : first(at === 0 ? link : undefined, column.cell(row))}
            </div>
          ))
        }
      </Reader>
    </div>
  );
}

/** A row of a table; drawn again only when its own fields change. */
export const TableRow = memo(Row) as typeof Row;

function cellStyle(column: Column<never>, isFirst: boolean): CSSProperties | undefined {
  return column.align === "end" && !isFirst ? { justifyContent: "end", textAlign: "end" } : undefined;
}

function first(link: string | undefined, content: ReactNode): ReactNode {
  return link === undefined ? (
    content
  ) : (
    <a href={link} tabIndex={-1} className={classes.link}>
      {content}
    </a>
  );
}
