import type { ReactElement, ReactNode } from "react";
import classes from "./Facts.module.css";

interface Props {
  label?: string;
  /** Whether they stand beside each other, each under its name, or one below another, each beside its name. */
  layout?: "line" | "list";
  children: ReactNode;
}

/** Names with their values: see `Fact`. */
export function Facts({ label, layout = "line", children }: Props): ReactElement {
  return (
    <dl className={classes.facts} data-layout={layout} aria-label={label}>
      {children}
    </dl>
  );
}

/** A name with its value; nothing if there is none. */
export function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement | null {
  return children === null || children === undefined || children === "" ? null : (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
