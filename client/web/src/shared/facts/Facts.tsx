import { Fragment, type ReactElement, type ReactNode } from "react";
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
      <dt>{breakable(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Returns a name that is broken between its words if it is too long for its line, also one such as `maxSeqLength`. */
function breakable(name: string): ReactNode {
  return name.split(/(?<=[a-z])(?=[A-Z])/).map((word, place) => (
    // The words of a name never change places.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {word}
    </Fragment>
  ));
}
