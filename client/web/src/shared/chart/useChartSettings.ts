import { useState } from "react";
import { useUrlText } from "../url/useUrlState.ts";

/** The settings of a page's charts: the URL's `smooth` and `scale`. */
export interface ChartSettings {
  smoothing: number;
  isLog: boolean;
  /** Redraws while the slider moves. */
  setSmoothing: (weight: number) => void;
  /** Writes the URL when it rests. */
  keepSmoothing: (weight: number) => void;
  setLog: (isLog: boolean) => void;
}

/** The settings of the charts of the open page. */
export function useChartSettings(): ChartSettings {
  const [smooth, setSmooth] = useUrlText("smooth");
  const [scale, setScale] = useUrlText("scale");
  const [moving, setMoving] = useState<number | null>(null);
  return {
    smoothing: moving ?? weightOf(smooth),
    isLog: scale === "log",
    setSmoothing: setMoving,
    keepSmoothing: (weight) => {
      setMoving(null);
      setSmooth(weight === 0 ? null : String(weight));
    },
    setLog: (isLog) => setScale(isLog ? "log" : null),
  };
}

function weightOf(text: string | null): number {
  const weight = Number(text ?? 0);
  return weight >= 0 && weight < 1 ? weight : 0;
}
