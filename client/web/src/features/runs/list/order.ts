import type { RunOrder, RunOrderField } from "../../../gql/graphql.ts";
import type { OrderTerm } from "../../../shared/table/order.ts";

type OwnField = Exclude<RunOrderField, "METRIC">;

/** The fields by which a column sorts; a metric's is written with its name. */
export type SortField = OwnField | `METRIC ${string}`;

const METRIC = "METRIC ";

const FIELDS: readonly OwnField[] = [
  "CREATED_AT",
  "STARTED_AT",
  "COMPLETED_AT",
  "STATUS",
  "DATASET_KEY",
  "MODEL_ID",
  "DURATION_SECONDS",
  "OUTPUT_NAME",
  "METHOD",
  "LEARNING_RATE",
  "NUM_EPOCHS",
  "BATCH_SIZE",
  "MAX_SEQ_LENGTH",
  "MAX_STEPS",
  "SEED",
  "GRADIENT_ACCUMULATION_STEPS",
  "WARMUP_STEPS",
  "SCHEDULE",
  "WEIGHT_DECAY",
  "MAX_GRAD_NORM",
  "LORA_RANK",
  "LORA_ALPHA",
];

/** Returns the field that sorts by a metric's last value. */
export function metricField(metric: string): SortField {
  return `${METRIC}${metric}`;
}

/** Returns the field that sorts by a parameter: `LORA_RANK` for `lora.rank`; undefined if there is none. */
export function parameterField(path: string): SortField | undefined {
  const name = path.replaceAll(".", "_").replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return FIELDS.find((field) => field === name);
}

/** Returns the fields by which a list with these metrics as columns can be sorted. */
export function sortFields(metrics: readonly string[]): SortField[] {
  return [...FIELDS, ...metrics.map(metricField)];
}

/** Returns the `orderBy` of the schema for the terms of an address. */
export function runOrder(terms: readonly OrderTerm<SortField>[]): RunOrder[] {
  return terms.map(({ field, direction }) =>
    isMetric(field) ? { field: "METRIC", metric: field.slice(METRIC.length), direction } : { field, direction },
  );
}

function isMetric(field: SortField): field is `METRIC ${string}` {
  return field.startsWith(METRIC);
}
