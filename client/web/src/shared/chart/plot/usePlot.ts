import { type RefObject, useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import { type PlotSpec, plotOptions } from "./options.ts";
import type { Aligned, Mark } from "../series/series.ts";

/** What a component knows of its plot. */
export interface Plot {
  /** Place of the step under the cursor; null if there is none. */
  at: number | null;
  isZoomed: boolean;
  resetZoom: () => void;
}

/** Draws data in an element for as long as the component is there, and follows the element's width. */
export function usePlot(host: RefObject<HTMLElement | null>, spec: PlotSpec, data: Aligned, marks: readonly Mark[]): Plot {
  const plot = useRef<UPlot | null>(null);
  const current = useRef({ data, marks });
  const zoom = useRef(false);
  const [at, setAt] = useState<number | null>(null);
  const [isZoomed, setZoomed] = useState(false);
  const key = JSON.stringify(spec);

  useEffect(() => {
    current.current = { data, marks };
    plot.current?.setData(columns(data), !zoom.current);
    if (zoom.current) {
      plot.current?.redraw();
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
            zoom.current = isPartOf(current.current.data.steps, scales["x"]);
            setZoomed(zoom.current);
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

  return { at, isZoomed, resetZoom: () => plot.current?.setData(columns(current.current.data)) };
}

function columns({ steps, columns: lines }: Aligned): UPlot.AlignedData {
  return [steps, ...lines];
}

/** Whether a range of the x axis leaves out a step. */
export function isPartOf(steps: readonly number[], { min, max }: { min?: number; max?: number } = {}): boolean {
  const [first, last] = [steps[0], steps.at(-1)];
  return first !== undefined && last !== undefined && min !== undefined && max !== undefined && (min > first || max < last);
}
