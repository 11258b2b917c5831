import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useMemo } from "react";
import { short, whole } from "../format/numbers.ts";
import classes from "./Chart.module.css";
import { ChartTableLink } from "./ChartTable.tsx";
import { Picture } from "./Picture.tsx";
import { HistogramTable } from "./HistogramTable.tsx";

/** A bin of a histogram: values of at least `from` and below `to` (the last bin includes it). */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

interface Props {
  title: string;
  bins: readonly Bin[];
  height?: number;
}

/** How often values occur, as bars. */
export function Histogram({ title, bins, height = 96 }: Props): ReactElement {
  const [isTableOpen, table] = useDisclosure(false);
  const highest = Math.max(1, ...bins.map((bin) => bin.count));
  const summary = useMemo(() => histogramSummary(title, bins), [title, bins]);
  const [first, last] = [bins[0], bins.at(-1)];
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        <span className={classes.title}>{title}</span>
        <span className={classes.step}>highest bar {whole(highest)}</span>
        <span className={classes.tools}>
          <ChartTableLink title={title} onOpen={table.open} />
        </span>
      </figcaption>
      <Picture label={summary}>
        <svg
          className={classes.bars}
          height={height}
          viewBox={`0 0 ${Math.max(1, bins.length)} ${height}`}
          preserveAspectRatio="none"
        >
          {bins.map(({ from, to, count }, place) => (
            <rect
              key={from}
              className={classes.bar}
              x={place + 0.04}
              width={0.92}
              y={height - barHeight(count, highest, height)}
              height={barHeight(count, highest, height)}
            >
              <title>{`${short(from)} to ${short(to)}: ${whole(count)}`}</title>
            </rect>
          ))}
        </svg>
      </Picture>
      <div className={classes.scale}>
        <span>{first && short(first.from)}</span>
        <span>{last && short(last.to)}</span>
      </div>
      {isTableOpen && <HistogramTable title={title} bins={bins} onClose={table.close} />}
    </figure>
  );
}

/** The height of a bar in pixels: what occurs at all can be seen. */
function barHeight(count: number, highest: number, height: number): number {
  return count === 0 ? 0 : Math.max(2, (count / highest) * (height - 4));
}

/** Returns a histogram in words. */
export function histogramSummary(title: string, bins: readonly Bin[]): string {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined || total === 0) {
    return `${title}: no values`;
  }
  const top = bins.reduce((best, bin) => (bin.count > best.count ? bin : best));
  const most = `most between ${short(top.from)} and ${short(top.to)} (${whole(top.count)})`;
  return `${title}: ${whole(total)} values from ${short(first.from)} to ${short(last.to)}, ${most}`;
}
