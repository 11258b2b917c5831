import type { ReactElement } from "react";
import { barsOf, type Bin, valueText } from "./bins.ts";
import classes from "./Chart.module.css";

/** The axis below the bars: the name of each, or both ends of the scale, and what the values are. */
export function HistogramScale({ bins, label }: { bins: readonly Bin[]; label: string }): ReactElement {
  const { places, before, areNamed } = barsOf(bins);
  const [first, last] = [bins[0], bins.at(-1)];
  if (!areNamed) {
    return (
      <div className={classes.scale}>
        <span>{first && valueText(first.from)}</span>
        <span>{label}</span>
        <span>{last && valueText(last.to)}</span>
      </div>
    );
  }
  return (
    <div className={classes.names}>
      <div style={{ display: "flex", paddingInline: `${(100 * before) / places}%` }}>
        {bins.map(({ from }) => (
          <span key={from} className={classes.barName}>
            {valueText(from)}
          </span>
        ))}
      </div>
      <div>{label}</div>
    </div>
  );
}
