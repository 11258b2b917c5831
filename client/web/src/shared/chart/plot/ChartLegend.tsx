import { UnstyledButton } from "@mantine/core";
import type { ReactElement } from "react";
import classes from "../Chart.module.css";
import { LineSwatch } from "./LineSwatch.tsx";
import type { Scheme } from "./palette.ts";

/** A line in the legend. */
export interface LegendEntry {
  label: string;
  colour: number;
  isShown: boolean;
  /** Its value under the cursor, or the last one. */
  value: string;
}

interface Props {
  entries: readonly LegendEntry[];
  scheme: Scheme;
  onToggle: (label: string) => void;
}

/** The lines of a chart with their values; a click hides a line or shows it again. */
export function ChartLegend({ entries, scheme, onToggle }: Props): ReactElement {
  return (
    <ul className={classes.legend}>
      {entries.map(({ label, colour, isShown, value }) => (
        <li key={label}>
          <UnstyledButton
            className={classes.entry}
            aria-pressed={isShown}
            title={isShown ? `Hide ${label}` : `Show ${label}`}
            onClick={() => onToggle(label)}
          >
            <LineSwatch colour={colour} scheme={scheme} />
            <span className={classes.label}>{label}</span>{" "}
            <span className={classes.value}>{value}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
