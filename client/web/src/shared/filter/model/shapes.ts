import type { ValueKind } from "./operators.ts";

interface Labelled {
  label: string;
}

/** A field of a filter that compares a value. */
export interface ValueField extends Labelled {
  kind: Exclude<ValueKind, "meta">;
  /** The members of an enum. */
  members?: readonly string[];
}

/** A field of a filter. */
export type FilterField =
  | ValueField
  | (Labelled & { kind: "meta" })
  | (Labelled & { kind: "search" })
  | (Labelled & { kind: "flag" })
  | (Labelled & { kind: "metric" })
  | (Labelled & { kind: "relation"; of: FilterShape });

/** Whether a field compares a value by an operator of its kind. */
export function isValueField(field: FilterField): field is ValueField {
  return !["relation", "search", "flag", "meta", "metric"].includes(field.kind);
}

/** The fields that a `where` may have beside `and`, `or` and `not`, in the order in which they are offered. */
export interface FilterShape {
  /** The input type of the schema. */
  type: string;
  /** By name; that of a field within an object of the filter has dots: `config.learningRate`. */
  fields: Readonly<Record<string, FilterField>>;
}

const SCORE_KINDS = ["CODE", "MODEL", "HUMAN"];
/** The statuses of a job. */
export const STATUSES: readonly string[] = ["PENDING", "RUNNING", "COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"];

export const SCORE_SHAPE: FilterShape = {
  type: "ScoreWhere",
  fields: {
    scorer: { kind: "text", label: "Scorer" },
    score: { kind: "number", label: "Score" },
    kind: { kind: "enum", label: "Kind", members: SCORE_KINDS },
    stepIndex: { kind: "whole", label: "Step" },
    latest: { kind: "flag", label: "Latest" },
    scorerVersion: { kind: "text", label: "Scorer version" },
    rationale: { kind: "text", label: "Rationale" },
    scoredAt: { kind: "time", label: "Scored" },
    runId: { kind: "id", label: "Run" },
    traceId: { kind: "id", label: "Trace" },
    id: { kind: "id", label: "Id" },
  },
};

export const DATASET_SHAPE: FilterShape = {
  type: "DatasetWhere",
  fields: {
    key: { kind: "text", label: "Key" },
    name: { kind: "text", label: "Name" },
    version: { kind: "text", label: "Version" },
    status: { kind: "enum", label: "Status", members: STATUSES },
    traceCount: { kind: "whole", label: "Traces" },
    createdAt: { kind: "time", label: "Created" },
    sha256: { kind: "text", label: "SHA-256" },
    sessionId: { kind: "text", label: "Session id" },
    trainingRunId: { kind: "text", label: "Training run id" },
    parentDatasetId: { kind: "id", label: "Parent dataset" },
    id: { kind: "id", label: "Id" },
  },
};

export const TRACE_SHAPE: FilterShape = {
  type: "TraceWhere",
  fields: {
    search: { kind: "search", label: "Search" },
    source: { kind: "text", label: "Source" },
    meta: { kind: "meta", label: "Metadata" },
    scores: { kind: "relation", label: "Scores", of: SCORE_SHAPE },
    datasets: { kind: "relation", label: "Datasets", of: DATASET_SHAPE },
    stepCount: { kind: "whole", label: "Steps" },
    charCount: { kind: "whole", label: "Characters" },
    createdAt: { kind: "time", label: "Created" },
    promptPreview: { kind: "text", label: "Prompt preview" },
    finalAnswerPreview: { kind: "text", label: "Final answer preview" },
    referenceAnswer: { kind: "text", label: "Reference answer" },
    externalId: { kind: "text", label: "External id" },
    traceVersion: { kind: "text", label: "Trace version" },
    promptHash: { kind: "text", label: "Prompt hash" },
    contentHash: { kind: "text", label: "Content hash" },
    id: { kind: "id", label: "Id" },
  },
};
