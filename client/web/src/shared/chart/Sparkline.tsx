import type { ReactElement } from "react";
import classes from "./Chart.module.css";
import { Picture } from "./Picture.tsx";
import { lineSummary } from "./series/summary.ts";

interface Props {
  label: string;
  steps: readonly number[];
  /** Values; null leaves a gap. */
  values: readonly (number | null)[];
  width?: number;
  height?: number;
}

/** A line as small as a word. */
export function Sparkline({ label, steps, values, width = 96, height = 24 }: Props): ReactElement {
  return (
    <Picture className={classes.spark} label={lineSummary({ label, steps, values })}>
      <svg width={width} height={height}>
        <path d={sparkPath(steps, values, width, height)} fill="none" stroke="currentColor" strokeWidth="1.25" strokeLinejoin="round" />
      </svg>
    </Picture>
  );
}

/** Returns the SVG path of a line that fills a box, with a margin of 2 pixels. */
export function sparkPath(steps: readonly number[], values: readonly (number | null)[], width: number, height: number): string {
  const finite = values.filter((value) => value !== null);
  const x = linearMap(steps[0] ?? 0, steps.at(-1) ?? 0, 2, width - 2);
  const y = linearMap(Math.min(...finite), Math.max(...finite), height - 2, 2);
  let isGap = true;
  const parts = values.map((value, index) => {
    if (value === null) {
      isGap = true;
      return "";
    }
    const command = isGap ? "M" : "L";
    isGap = false;
    return `${command}${x(steps[index] ?? 0)} ${y(value)}`;
  });
  return parts.join("");
}

/** Returns the linear map of a range on another, to a tenth of a pixel; of a range without length, to the middle. */
function linearMap(low: number, high: number, from: number, to: number): (value: number) => number {
  return (value) => {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return Math.round(10 * (from + share * (to - from))) / 10;
  };
}
