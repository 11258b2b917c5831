import type { ReactElement } from "react";
import classes from "./Panels.module.css";

/** A text as it is, in a box that scrolls. */
export function CodeBlock({ label, text }: { label: string; text: string }): ReactElement {
  return (
    // A scrolled region must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.code} tabIndex={0} aria-label={label}>
      {text}
    </section>
  );
}
