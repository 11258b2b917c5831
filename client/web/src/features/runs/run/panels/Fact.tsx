import type { ReactElement, ReactNode } from "react";
import classes from "./Panels.module.css";

/** A name with its value; nothing if there is none. */
export function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement | null {
  return children === null || children === undefined ? null : (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
