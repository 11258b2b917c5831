import type { ReactElement } from "react";
import classes from "./ShareBar.module.css";

interface Props {
  /** The numbers of correct, graded and all traces. */
  correct: number;
  graded: number;
  size: number;
  /** The size that has the whole width. */
  widest?: number;
}

/** Correct, wrong and ungraded traces as parts of a bar. The numbers are beside it, so it is hidden from screen readers. */
export function ShareBar({ correct, graded, size, widest = size }: Props): ReactElement {
  const part = (count: number): string => `${(100 * count) / Math.max(1, size)}%`;
  return (
    <span aria-hidden style={{ display: "block", width: `${(100 * size) / Math.max(1, widest)}%` }}>
      <span className={classes.bar}>
        <span className={classes.good} style={{ width: part(correct) }} />
        <span className={classes.bad} style={{ width: part(graded - correct) }} />
      </span>
    </span>
  );
}
