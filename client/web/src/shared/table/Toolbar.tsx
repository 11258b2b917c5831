import type { ReactElement, ReactNode } from "react";
import classes from "./Toolbar.module.css";

/** The line between the title of a list and its table: a search, a filter bar, or both. */
export function Toolbar({ children }: { children: ReactNode }): ReactElement {
  return <div className={classes.toolbar}>{children}</div>;
}
