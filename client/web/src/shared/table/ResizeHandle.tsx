import { type KeyboardEvent, type PointerEvent, type ReactElement, useRef } from "react";
import { NARROWEST, WIDEST } from "./columns.ts";
import classes from "./DataTable.module.css";

interface Props {
  /** The column's name. */
  label: string;
  width: number;
  /** Null gives the column its own width again. */
  onResize: (width: number | null) => void;
}

const KEY_STEP = 16;

/** The line between two columns: drag it, or use the arrow keys; a double click gives the column its own width again. */
export function ResizeHandle({ label, width, onResize }: Props): ReactElement {
  const start = useRef({ x: 0, width: 0 });
  const grab = (event: PointerEvent<HTMLElement>): void => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const cell = event.currentTarget.parentElement;
    start.current = { x: event.clientX, width: cell?.getBoundingClientRect().width ?? width };
  };
  const drag = (event: PointerEvent<HTMLElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      onResize(start.current.width + event.clientX - start.current.x);
    }
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      onResize(width + by);
    }
  };
  return (
    // A separator that takes the focus is a control, of which the rule does not know.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${label}`}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className={classes.handle}
      onPointerDown={grab}
      onPointerMove={drag}
      onKeyDown={press}
      onDoubleClick={() => onResize(null)}
    />
  );
}
