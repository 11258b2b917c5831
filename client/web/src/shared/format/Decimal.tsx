import type { ReactElement } from "react";
import classes from "./Decimal.module.css";
import { decimal } from "./numbers.ts";

/** A number in a column that is aligned at its end, whose points are below each other. */
export function Decimal({ value }: { value: number }): ReactElement {
  const { text, rest } = decimal(value);
  return (
    <span className={classes.decimal} data-rest={rest}>
      {text}
    </span>
  );
}
