import { type FilterField, type FilterShape, STATUSES } from "../../../shared/filter/model/shapes.ts";
import { GRPO, PARAMETERS, PREFERENCE, RESOURCES } from "../start/parameters.ts";

/** Parameters that are in a run's configuration, and that the server neither filters nor sorts by. */
const NOT_FILTERED: ReadonlySet<string> = new Set(["saveEverySteps", "evalEverySteps", "mesh.fsdp", "mesh.tp", ...[...PREFERENCE, ...GRPO, ...RESOURCES].map(({ path }) => path)]);

/** The parameters by which runs are filtered and sorted. */
export const FILTERED_PARAMETERS = PARAMETERS.filter(({ path }) => !NOT_FILTERED.has(path));

const parameters: [string, FilterField][] = FILTERED_PARAMETERS.map(({ path, label, isWhole }) => [
  `config.${path}`,
  { kind: isWhole ? "whole" : "number", label },
]);

/** The fields by which runs are filtered. */
export const RUN_SHAPE: FilterShape = {
  type: "RunWhere",
  fields: {
    outputName: { kind: "text", label: "Name" },
    status: { kind: "enum", label: "Status", members: STATUSES },
    mode: { kind: "enum", label: "Mode", members: ["TRAIN", "DRY_RUN"] },
    method: { kind: "enum", label: "Method", members: ["SFT", "LORA", "DPO", "GRPO"] },
    datasetKey: { kind: "text", label: "Dataset" },
    modelId: { kind: "text", label: "Model" },
    tags: { kind: "list", label: "Tags" },
    notes: { kind: "text", label: "Notes" },
    createdBy: { kind: "text", label: "Created by" },
    metrics: { kind: "metric", label: "Last value of a metric" },
    ...Object.fromEntries(parameters),
    "config.schedule": { kind: "enum", label: "Schedule", members: ["CONSTANT", "LINEAR", "COSINE"] },
    durationSeconds: { kind: "number", label: "Duration (s)" },
    createdAt: { kind: "time", label: "Created" },
    startedAt: { kind: "time", label: "Started" },
    completedAt: { kind: "time", label: "Completed" },
    attempt: { kind: "whole", label: "Attempt" },
    exitCode: { kind: "whole", label: "Exit code" },
    engine: { kind: "text", label: "Engine" },
    datasetId: { kind: "id", label: "Dataset id" },
    evalDatasetId: { kind: "id", label: "Evaluation dataset id" },
    id: { kind: "id", label: "Id" },
  },
};
