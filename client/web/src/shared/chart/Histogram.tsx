import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useMemo } from "react";
import { whole } from "../format/numbers.ts";
import { barsOf, type Bin, binText, highestOf, histogramSummary } from "./bins.ts";
import classes from "./Chart.module.css";
import { ChartTableLink } from "./ChartTable.tsx";
import { HistogramScale } from "./HistogramScale.tsx";
import { HistogramTable } from "./HistogramTable.tsx";
import { Picture } from "./Picture.tsx";

interface Props {
  title: string;
  /** The label of the values' axis. */
  xLabel: string;
  bins: readonly Bin[];
  height?: number;
}

/** The frequency of values, as bars. */
export function Histogram({ title, xLabel, bins, height = 96 }: Props): ReactElement {
  const [isTableOpen, table] = useDisclosure(false);
  const highest = highestOf(bins);
  const summary = useMemo(() => histogramSummary(title, bins), [title, bins]);
  const { places, before } = barsOf(bins);
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        <span className={classes.title} title={title}>
          {title}
        </span>
        <span className={classes.step}>highest bar {whole(highest)}</span>
        <span className={classes.tools}>
          <ChartTableLink title={title} onOpen={table.open} />
        </span>
      </figcaption>
      <Picture label={summary}>
        <svg className={classes.bars} height={height} viewBox={`0 0 ${places} ${height}`} preserveAspectRatio="none">
          {bins.map((bin, place) => (
            <rect
              key={bin.from}
              className={classes.bar}
              x={before + place + 0.04}
              width={0.92}
              y={height - barHeight(bin.count, highest, height)}
              height={barHeight(bin.count, highest, height)}
            >
              <title>{`${binText(bin)}: ${whole(bin.count)}`}</title>
            </rect>
          ))}
        </svg>
      </Picture>
      <HistogramScale bins={bins} label={xLabel} />
      {isTableOpen && <HistogramTable title={title} bins={bins} onClose={table.close} />}
    </figure>
  );
}

/** The height of a bar in pixels: what occurs at all can be seen. */
function barHeight(count: number, highest: number, height: number): number {
  return count === 0 ? 0 : Math.max(2, (count / highest) * (height - 4));
}
