import { Table } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { ChartControls } from "../../../../shared/chart/ChartControls.tsx";
import { LineChart } from "../../../../shared/chart/LineChart.tsx";
import type { ChartSeries } from "../../../../shared/chart/series/series.ts";
import { useChartSettings } from "../../../../shared/chart/useChartSettings.ts";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { short, whole } from "../../../../shared/format/numbers.ts";
import { chartGroups, type DatasetCount, datasetCounts } from "./groups.ts";
import { useDetail } from "./useDetail.ts";
import classes from "./RunCharts.module.css";

interface Props {
  runId: string;
  series: readonly ChartSeries[];
  /** Whether the curves have fewer points than were measured. */
  isDownsampled: boolean;
  /** Whether values are still to come. */
  isActive: boolean;
}

/** A run's metrics: curves of training and evaluation, and the counts of its datasets. */
export function RunCharts({ runId, series, isDownsampled, isActive }: Props): ReactElement {
  const settings = useChartSettings();
  const [shown, zoomed] = useDetail(runId, series, isDownsampled);
  const groups = useMemo(() => chartGroups(shown), [shown]);
  const counts = useMemo(() => datasetCounts(series), [series]);
  if (series.length === 0) {
    return <EmptyState title={isActive ? "No metrics yet" : "No metrics"}>{isActive ? "They appear here as they are measured." : "The run has measured nothing."}</EmptyState>;
  }
  return (
    <section aria-label="Metrics">
      {groups.length > 0 && (
        <>
          <ChartControls settings={settings} />
          <div className={classes.charts}>
            {groups.map((group) => (
              <LineChart key={group.title} title={group.title} series={group.series} syncKey="run" smoothing={settings.smoothing} isLog={settings.isLog} onZoom={zoomed} />
            ))}
          </div>
        </>
      )}
      {counts.length > 0 && <Counts counts={counts} />}
    </section>
  );
}

function Counts({ counts }: { counts: readonly DatasetCount[] }): ReactElement {
  const hasEvaluation = counts.some(({ evaluation }) => evaluation !== undefined);
  return (
    <Table className={classes.counts} aria-label="Counts of the datasets" fz="sm" verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Dataset</Table.Th>
          <Table.Th ta="right">Training</Table.Th>
          {hasEvaluation && <Table.Th ta="right">Evaluation</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {counts.map(({ name, training, evaluation }) => (
          <Table.Tr key={name}>
            <Table.Td>{withCapital(name.replaceAll("_", " "))}</Table.Td>
            <Table.Td ta="right">{count(training)}</Table.Td>
            {hasEvaluation && <Table.Td ta="right">{count(evaluation)}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function withCapital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function count(value: number | undefined): string {
  if (value === undefined) {
    return "–";
  }
  return Number.isInteger(value) ? whole(value) : short(value);
}
