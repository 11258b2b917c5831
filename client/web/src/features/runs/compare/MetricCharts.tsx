import { Group, SimpleGrid, Title } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { ChartControls } from "../../../shared/chart/ChartControls.tsx";
import { LineChart } from "../../../shared/chart/LineChart.tsx";
import { useChartSettings } from "../../../shared/chart/useChartSettings.ts";
import { runName } from "../../../shared/runName.ts";
import { chartSeries, type ComparedMetric, isCurve } from "./comparison.ts";

interface Props {
  runs: readonly { outputName: string | null; uuid: string }[];
  metrics: readonly ComparedMetric[];
}

/** One chart for each metric that has a curve, with a line for each run. */
export function MetricCharts({ runs, metrics }: Props): ReactElement | null {
  const settings = useChartSettings();
  const charts = useMemo(() => {
    const names = runs.map(runName);
    return metrics.filter(isCurve).map((metric) => ({ name: metric.name, series: chartSeries(metric, names) }));
  }, [runs, metrics]);
  return charts.length === 0 ? null : (
    <section aria-label="Curves" style={{ padding: "16px 16px 32px" }}>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h5">
          Curves
        </Title>
        <ChartControls settings={settings} />
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="xl" verticalSpacing="xl">
        {charts.map(({ name, series }) => (
          <LineChart key={name} title={name} series={series} smoothing={settings.smoothing} isLog={settings.isLog} syncKey="compared-runs" />
        ))}
      </SimpleGrid>
    </section>
  );
}
