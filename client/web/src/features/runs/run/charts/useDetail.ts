import { useQuery } from "@apollo/client/react";
import { useCallback, useMemo, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { StepRange } from "../../../../shared/chart/plot/usePlot.ts";
import type { ChartSeries } from "../../../../shared/chart/series/series.ts";
import { refineSeries } from "./refineSeries.ts";

const DETAIL = graphql(`
  query RunMetricsDetail($id: ID!, $fromStep: Int!, $toStep: Int!) {
    run(id: $id) {
      id
      metrics(fromStep: $fromStep, toStep: $toStep, maxPoints: 1000) {
        name
        steps
        values
        kinds
      }
    }
  }
`);

/** Loads the points of a zoomed part that the whole curves leave out; returns the curves and a callback for zooms. */
export function useDetail(
  runId: string,
  series: readonly ChartSeries[],
  isDownsampled: boolean,
): [readonly ChartSeries[], (range: StepRange | null) => void] {
  const [range, setRange] = useState<StepRange | null>(null);
  const { data } = useQuery(DETAIL, {
    variables: { id: runId, fromStep: Math.max(0, range?.from ?? 0), toStep: Math.max(0, range?.to ?? 0) },
    skip: range === null || !isDownsampled,
  });
  const detail = range === null ? undefined : data?.run?.metrics;
  const shown = useMemo(() => (detail === undefined ? series : refineSeries(series, detail)), [series, detail]);
  const zoomed = useCallback((next: StepRange | null) => {
    setRange((known) => (known?.from === next?.from && known?.to === next?.to ? known : next));
  }, []);
  return [shown, zoomed];
}
