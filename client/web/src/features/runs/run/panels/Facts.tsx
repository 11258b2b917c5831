import type { ReactElement, ReactNode } from "react";
import classes from "./Panels.module.css";

/** Names with their values, one a line. */
export function Facts({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <dl className={classes.facts} aria-label={label}>
      {children}
    </dl>
  );
}
