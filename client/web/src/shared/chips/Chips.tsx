import type { ReactElement } from "react";
import classes from "./Chips.module.css";

/** A count that can be pressed to see what was counted. */
export interface ChipChoice<Value extends string> {
  value: Value;
  label: string;
  count: number;
}

interface Props<Value extends string> {
  label: string;
  choices: readonly ChipChoice<Value>[];
  /** The pressed one; undefined if none is. */
  chosen: Value | undefined;
  /** Receives undefined if the pressed one is pressed again. */
  onChoose: (value: Value | undefined) => void;
}

/** Counts in a row, one of which may be pressed. */
export function Chips<Value extends string>({ label, choices, chosen, onChoose }: Props<Value>): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <span className={classes.chips} role="group" aria-label={label}>
      {choices.map(({ value, label: name, count }) => (
        <button
          key={value}
          type="button"
          className={classes.chip}
          disabled={count === 0}
          aria-pressed={chosen === value}
          onClick={() => onChoose(chosen === value ? undefined : value)}
        >
          {count.toLocaleString("en")} {name}
        </button>
      ))}
    </span>
  );
}
