import { type RefObject, useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import { type PlotSpec, plotOptions } from "./options.ts";
import type { Aligned, Mark } from "../series/series.ts";

/** The first and the last step of a part of a chart. */
export interface StepRange {
  from: number;
  to: number;
}

/** The state of a component's plot. */
export interface Plot {
  /** Place of the step under the cursor; null if there is none. */
  at: number | null;
  /** The steps in sight; null if all are. */
  range: StepRange | null;
  resetZoom: () => void;
}

/** Draws data in an element while the component is mounted, and follows the element's width. */
export function usePlot(host: RefObject<HTMLElement | null>, spec: PlotSpec, data: Aligned, marks: readonly Mark[]): Plot {
  const plot = useRef<UPlot | null>(null);
  const current = useRef({ data, marks });
  const [at, setAt] = useState<number | null>(null);
  const [range, setRange] = useState<StepRange | null>(null);
  const zoom = useRef<StepRange | null>(null);
  const key = JSON.stringify(spec);

  useEffect(() => {
    current.current = { data, marks };
    if (plot.current !== null) {
      redraw(plot.current, data, zoom.current !== null);
    }
  }, [data, marks]);

  useEffect(() => {
    const element = host.current;
    if (element === null) {
      return undefined;
    }
    const made = new UPlot(
      plotOptions(JSON.parse(key) as PlotSpec, element.clientWidth, {
        cursor: ({ cursor }) => setAt(cursor.idx ?? null),
        scale: ({ scales }, name) => {
          if (name === "x") {
            zoom.current = partInSight(current.current.data.steps, scales["x"]);
            setRange((known) => (isSame(known, zoom.current) ? known : zoom.current));
          }
        },
        marks: () => current.current.marks,
      }),
      columns(current.current.data),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: made.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [host, key]);

  // By a double click, which uPlot hands on to the charts that share the zoom.
  return { at, range, resetZoom: () => plot.current?.over.dispatchEvent(new MouseEvent("dblclick")) };
}

/** Draws other data. The zoomed range and the position of the cursor are kept. */
function redraw(plot: UPlot, data: Aligned, isZoomed: boolean): void {
  plot.setData(columns(data), !isZoomed);
  if (isZoomed) {
    plot.redraw();
  }
  const { left = -1, top = -1 } = plot.cursor;
  if (left >= 0) {
    plot.setCursor({ left, top });
  }
}

function columns({ steps, columns: lines }: Aligned): UPlot.AlignedData {
  return [steps, ...lines];
}

/** Returns the steps in sight for a range of the x axis; null if it leaves out none. */
export function partInSight(steps: readonly number[], { min, max }: { min?: number; max?: number } = {}): StepRange | null {
  const [first, last] = [steps[0], steps.at(-1)];
  const isPart = first !== undefined && last !== undefined && min !== undefined && max !== undefined && (min > first || max < last);
  return isPart ? { from: Math.floor(min), to: Math.ceil(max) } : null;
}

function isSame(one: StepRange | null, other: StepRange | null): boolean {
  return one?.from === other?.from && one?.to === other?.to;
}
