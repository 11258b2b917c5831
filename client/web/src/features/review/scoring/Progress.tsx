import { Progress as Bar } from "@mantine/core";
import type { ReactElement } from "react";
import { whole } from "../../../shared/format/numbers.ts";
import classes from "./Sitting.module.css";

interface Props {
  reviewed: number;
  total: number | undefined;
  /** The number of traces whose scores are on their way. */
  waiting: number;
}

/** The share of the queue that has its scores. */
export function Progress({ reviewed, total, waiting }: Props): ReactElement {
  return (
    <div className={classes.progress}>
      <Bar className={classes.bar} value={total ? (100 * reviewed) / total : 0} size="sm" aria-label="Reviewed" />
      <output>
        {whole(reviewed)} of {total === undefined ? "…" : whole(total)} reviewed
        {waiting > 0 && ", storing…"}
      </output>
    </div>
  );
}
