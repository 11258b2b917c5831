import { UnstyledButton } from "@mantine/core";
import type { ReactElement } from "react";
import classes from "../Chart.module.css";
import { lineColour, lineDash, type Scheme } from "./palette.ts";

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
            <svg width="18" height="8" aria-hidden>
              <line x1="0" x2="18" y1="4" y2="4" stroke={lineColour(colour, scheme)} strokeWidth="2" strokeDasharray={lineDash(colour).join(" ")} />
            </svg>
            <span className={classes.label}>{label}</span>{" "}
            <span className={classes.value}>{value}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
