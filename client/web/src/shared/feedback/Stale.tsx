import type { ReactElement, ReactNode } from "react";
import classes from "./Stale.module.css";

/** An answer of the server, which stays on the screen, dimmed and busy, until a newer one has come. */
export function Stale({ isStale, children }: { isStale: boolean; children: ReactNode }): ReactElement {
  return (
    <div className={classes.stale} data-stale={isStale} aria-busy={isStale}>
      {children}
    </div>
  );
}
