import { Group, Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { RunRowFragment } from "../../../gql/graphql.ts";
import { KIND_TEXT } from "../../../shared/chart/series/series.ts";
import { memberText } from "../../../shared/format/enums.ts";
import { Decimal } from "../../../shared/format/Decimal.tsx";
import { percent, short, whole } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { duration } from "../../../shared/format/time.ts";
import type { Column } from "../../../shared/table/columns.ts";
import { runName } from "../../../shared/runName.ts";
import { PARAMETERS } from "../start/parameters.ts";
import { metricField, parameterField, type SortField } from "./order.ts";

/** A column of the list of runs. */
export type RunColumn = Column<RunRowFragment> & { orderField?: SortField };

const METRIC = "metric:";
const PARAMETER = "config:";

const dim = (text: string): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;
const time = (at: string | null): ReactNode => (at === null ? null : <RelativeTime at={at} />);

const OWN: readonly RunColumn[] = [
  { id: "name", header: "Name", width: 170, grows: true, orderField: "OUTPUT_NAME", cell: (run) => <bdi title={run.uuid}>{runName(run)}</bdi> },
  { id: "status", header: "Status", width: 160, orderField: "STATUS", cell: statusCell },
  { id: "mode", header: "Mode", width: 84, cell: ({ mode }) => (mode === "DRY_RUN" ? "Dry run" : "Training") },
  { id: "method", header: "Method", width: 76, orderField: "METHOD", cell: ({ method }) => memberText(method) },
  { id: "dataset", header: "Dataset", width: 150, orderField: "DATASET_KEY", cell: ({ datasetKey }) => dim(datasetKey) },
  { id: "model", header: "Model", width: 160, orderField: "MODEL_ID", cell: ({ modelId }) => dim(modelId) },
  { id: "duration", header: "Duration", width: 90, align: "end", orderField: "DURATION_SECONDS", cell: ({ durationSeconds }) => (durationSeconds === null ? null : duration(durationSeconds)) },
  { id: "started", header: "Started", width: 104, orderField: "STARTED_AT", cell: ({ startedAt }) => time(startedAt) },
  { id: "created", header: "Created", width: 110, orderField: "CREATED_AT", cell: ({ createdAt }) => time(createdAt) },
  { id: "completed", header: "Completed", width: 110, orderField: "COMPLETED_AT", cell: ({ completedAt }) => time(completedAt) },
  { id: "tags", header: "Tags", width: 160, cell: ({ tags }) => <bdi>{tags.join(", ")}</bdi> },
  { id: "notes", header: "Notes", width: 220, cell: ({ notes }) => dim(notes?.split("\n")[0] ?? "") },
  { id: "reason", header: "Reason", width: 260, cell: ({ statusReason }) => dim(statusReason) },
  { id: "evalDataset", header: "Evaluation dataset", width: 170, cell: ({ evalDataset }) => dim(evalDataset?.key ?? "") },
  { id: "attempt", header: "Attempt", width: 80, align: "end", cell: ({ attempt }) => attempt },
];

/** The columns of a run's own fields and of its parameters. */
export const OWN_COLUMNS: readonly RunColumn[] = [...OWN, ...PARAMETERS.map(({ path, label }) => parameterColumn(path, label)), parameterColumn("schedule", "Schedule")];

/** The columns that are shown at first. */
export const USUAL_COLUMNS = ["name", "status", "mode", "method", "dataset", "model", "duration", "started", "metric:train/loss", "metric:eval/loss"];

/** Returns the id of the column of a metric's last values. */
export function metricColumnId(metric: string): string {
  return `${METRIC}${metric}`;
}

/** Returns the metric of a column; undefined for another column. */
export function metricOf(id: string): string | undefined {
  return id.startsWith(METRIC) ? id.slice(METRIC.length) : undefined;
}

/** Returns the column of an id: of a run's own field, of a parameter, or of a metric. */
export function columnOf(id: string): RunColumn | undefined {
  const metric = metricOf(id);
  return metric === undefined ? OWN_COLUMNS.find((column) => column.id === id) : metricColumn(id, metric);
}

function metricColumn(id: string, metric: string): RunColumn {
  return { id, header: metric, width: 104, align: "end", orderField: metricField(metric), cell: (run) => lastValue(run, metric) };
}

function lastValue({ latestMetrics }: RunRowFragment, metric: string): ReactNode {
  const found = latestMetrics.find(({ name }) => name === metric);
  if (found === undefined) {
    return null;
  }
  return found.value === null ? KIND_TEXT[found.kind] : <Decimal value={found.value} />;
}

function parameterColumn(path: string, label: string): RunColumn {
  const orderField = parameterField(path);
  const column: RunColumn = { id: `${PARAMETER}${path}`, header: label, width: 120, align: "end", cell: ({ config }) => parameterText(config, path) };
  return orderField === undefined ? column : { ...column, orderField };
}

function parameterText(config: RunRowFragment["config"], path: string): string {
  const value = path.split(".").reduce<unknown>((found, key) => (isRecord(found) ? found[key] : undefined), config);
  return typeof value === "number" ? (Number.isInteger(value) ? whole(value) : short(value)) : typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function statusCell({ status, progress, trainingProgress: { etaSeconds } }: RunRowFragment): ReactNode {
  if (status !== "RUNNING") {
    return <StatusBadge status={status} />;
  }
  const left = etaSeconds === null ? undefined : `About ${duration(Math.ceil(etaSeconds))} left`;
  return (
    <Group gap={8} wrap="nowrap" title={left}>
      <StatusBadge status={status} />
      <Progress value={100 * progress} w={32} size={4} aria-label="Progress" />
      <Text span size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {percent(progress)}
      </Text>
    </Group>
  );
}
