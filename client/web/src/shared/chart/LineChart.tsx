import "uplot/dist/uPlot.min.css";
import { Anchor, useComputedColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { numberOf, whole } from "../format/numbers.ts";
import classes from "./Chart.module.css";
import { ChartLegend } from "./plot/ChartLegend.tsx";
import { ChartTable, ChartTableLink } from "./ChartTable.tsx";
import { type ChartLine, drawLines, legendEntries } from "./plot/drawing.ts";
import { Picture } from "./Picture.tsx";
import type { ChartSeries } from "./series/series.ts";
import { chartSummary } from "./series/summary.ts";
import { type StepRange, usePlot } from "./plot/usePlot.ts";

interface Props {
  title: string;
  series: readonly ChartSeries[];
  /** Weight of the moving average: 0 for the values as they are, to below 1. */
  smoothing?: number;
  isLog?: boolean;
  /** Charts with one key share their cursor and their zoom. */
  syncKey?: string;
  height?: number;
  /** Called with the steps in sight after a zoom; null if all are. */
  onZoom?: (range: StepRange | null) => void;
}

/** Lines over steps: drag to zoom, double click to see all; a click in the legend hides a line. */
export function LineChart({ title, series, smoothing = 0, isLog = false, syncKey, height = 200, onZoom }: Props): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [isTableOpen, table] = useDisclosure(false);
  const lines = useMemo(() => colourLines(series, hidden), [series, hidden]);
  const drawn = useMemo(() => drawLines(lines, smoothing, isLog), [lines, smoothing, isLog]);
  const plot = usePlot(host, { lines: drawn.lines, scheme, isLog, height, syncKey }, drawn.data, drawn.marks);
  const { range } = plot;
  useEffect(() => onZoom?.(range), [onZoom, range]);
  const shown = useMemo(() => lines.filter((line) => line.isShown), [lines]);
  const step = plot.at === null ? undefined : drawn.data.steps[plot.at];
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        <span className={classes.title} title={title}>
          {title}
        </span>
        {step !== undefined && <span className={classes.step}>step {whole(step)}</span>}
        <span className={classes.tools}>
          {plot.range !== null && (
            <Anchor component="button" size="xs" onClick={plot.resetZoom}>
              Reset zoom
            </Anchor>
          )}
          <ChartTableLink title={title} onOpen={table.open} />
        </span>
      </figcaption>
      <Picture ref={host} className={classes.plot} style={{ height }} label={chartSummary(title, shown)} />
      <ChartLegend
        entries={legendEntries(lines, drawn, plot.at)}
        scheme={scheme}
        onToggle={(label) => setHidden((labels) => toggle(labels, label))}
      />
      {drawn.leftOut > 0 && <p className={classes.note}>{numberOf(drawn.leftOut, "value")} of 0 or less cannot be drawn on a logarithmic axis.</p>}
      {isTableOpen && <ChartTable title={title} series={series} onClose={table.close} />}
    </figure>
  );
}

function toggle(labels: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const next = new Set(labels);
  if (!next.delete(label)) {
    next.add(label);
  }
  return next;
}

function colourLines(series: readonly ChartSeries[], hidden: ReadonlySet<string>): ChartLine[] {
  return series.map((line, place) => ({ ...line, colour: line.colour ?? place, isShown: !hidden.has(line.label) }));
}
