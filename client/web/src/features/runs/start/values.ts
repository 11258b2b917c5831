import type { LearningRateSchedule, RunMethod, StartRunInput } from "../../../gql/graphql.ts";
import type { Json } from "../../../shared/json.ts";
import { PARAMETERS, parameterError } from "./parameters.ts";

/** What the start form holds: texts by their path in `StartRunInput`, empty where nothing is given. */
export type FormValues = Record<string, string>;

/** The fields of the form that are no numbers. */
export const TEXTS = ["datasetId", "evalDatasetId", "modelId", "method", "schedule", "lora.modulePath", "timeoutSeconds", "outputName"];

const OUTPUT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MODULE_PATH_MAX = 1000;

/** Returns the values of a new form. */
export function initialValues(): FormValues {
  const texts = TEXTS.map((path) => [path, ""] as const);
  const numbers = PARAMETERS.map(({ path, initial }) => [path, initial] as const);
  return { ...Object.fromEntries([...texts, ...numbers]), method: "SFT" };
}

/** Returns the errors of the values by their path; empty if they can be sent. */
export function valueErrors(values: FormValues): Record<string, string> {
  const isLora = values["method"] === "LORA";
  const numbers = PARAMETERS.filter(({ path }) => isLora || !path.startsWith("lora.")).map(
    (parameter) => [parameter.path, parameterError(parameter, textOf(values, parameter.path))] as const,
  );
  const found: (readonly [string, string | null])[] = [
    ["datasetId", textOf(values, "datasetId") === "" ? "must be given" : null],
    ["modelId", textOf(values, "modelId") === "" ? "must be given" : null],
    ["outputName", outputNameError(textOf(values, "outputName"))],
    ["timeoutSeconds", timeoutError(textOf(values, "timeoutSeconds"))],
    ["lora.modulePath", textOf(values, "lora.modulePath").length > MODULE_PATH_MAX ? "must be at most 1,000 characters" : null],
    ["batchSize", meshError(values)],
    ...numbers,
  ];
  return Object.fromEntries(found.filter((each): each is readonly [string, string] => each[1] !== null));
}

function outputNameError(name: string): string | null {
  const isFine = name === "" || OUTPUT_NAME.test(name);
  return isFine ? null : "must be 1 to 64 letters, digits and characters of . _ -, starting with a letter or digit";
}

function timeoutError(text: string): string | null {
  return text === "" || (Number.isInteger(Number(text)) && Number(text) >= 1) ? null : "must be a whole number, at least 1";
}

function meshError(values: FormValues): string | null {
  const [batch, devices] = [Number(textOf(values, "batchSize")), Number(textOf(values, "mesh.fsdp"))];
  return devices > 0 && batch % devices !== 0 ? `must be a multiple of the ${devices} data parallel devices` : null;
}

/** Returns the input of `startRun` without its mode; the values must have no errors. */
export function inputOf(values: FormValues): Omit<StartRunInput, "mode"> {
  const isLora = values["method"] === "LORA";
  const lora = isLora ? given({ rank: numberOf(values, "lora.rank"), alpha: numberOf(values, "lora.alpha"), modulePath: optionalText(values, "lora.modulePath") }) : undefined;
  const mesh = given({ fsdp: numberOf(values, "mesh.fsdp"), tp: numberOf(values, "mesh.tp") });
  const numbers = PARAMETERS.filter(({ path }) => !path.includes(".")).map(({ path }) => [path, numberOf(values, path)] as const);
  return {
    datasetId: textOf(values, "datasetId"),
    modelId: textOf(values, "modelId"),
    method: isLora ? "LORA" : "SFT",
    ...given({
      ...Object.fromEntries(numbers),
      evalDatasetId: optionalText(values, "evalDatasetId"),
      schedule: scheduleOf(textOf(values, "schedule")),
      timeoutSeconds: numberOf(values, "timeoutSeconds"),
      outputName: optionalText(values, "outputName"),
      lora,
      mesh,
    }),
  };
}

/** A run whose configuration a form can start from. */
export interface ConfiguredRun {
  datasetKey: string;
  evalDataset: { key: string } | null;
  modelId: string;
  method: RunMethod;
  config: Record<string, unknown> | null;
}

/** Returns the values that start a run like another; its output folder's name is its own. */
export function valuesOf(run: ConfiguredRun): FormValues {
  const config = run.config ?? {};
  const paths = [...PARAMETERS.map(({ path }) => path), "schedule", "lora.modulePath", "timeoutSeconds"];
  const set = paths.map((path) => [path, textAt(config, path.split("."))] as const).filter(([, text]) => text !== "");
  return {
    ...initialValues(),
    ...Object.fromEntries(set),
    datasetId: run.datasetKey,
    evalDatasetId: run.evalDataset?.key ?? "",
    modelId: run.modelId,
    method: run.method,
  };
}

/** Whether two sets of values ask for the same training; the name of the output folder does not count. */
export function isSameTraining(a: FormValues, b: FormValues): boolean {
  const [one, other] = [a, b].map((values) => JSON.stringify({ ...inputOf(values), outputName: undefined }));
  return one === other;
}

/** Returns the values that differ from others, to be written into the address. */
export function changedValues(values: FormValues, from: FormValues): FormValues | null {
  const changed = Object.entries(values).filter(([path, text]) => text !== (from[path] ?? ""));
  return changed.length === 0 ? null : Object.fromEntries(changed);
}

/** Accepts what `changedValues` wrote. */
export function isFormValues(value: Json): value is FormValues {
  const known = new Set(Object.keys(initialValues()));
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([path, text]) => known.has(path) && typeof text === "string")
  );
}

function textAt(config: Record<string, unknown>, path: readonly string[]): string {
  const [first = "", ...rest] = path;
  const value = config[first];
  if (rest.length > 0) {
    return isRecord(value) ? textAt(value, rest) : "";
  }
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(values: FormValues, path: string): string {
  return (values[path] ?? "").trim();
}

function optionalText(values: FormValues, path: string): string | undefined {
  return textOf(values, path) || undefined;
}

function numberOf(values: FormValues, path: string): number | undefined {
  const text = textOf(values, path);
  return text === "" ? undefined : Number(text);
}

function scheduleOf(text: string): LearningRateSchedule | undefined {
  return text === "CONSTANT" || text === "LINEAR" || text === "COSINE" ? text : undefined;
}

/** Returns an object without its undefined members; undefined if none is left. */
function given<T extends object>(members: T): Partial<T> | undefined {
  const left = Object.entries(members).filter(([, value]) => value !== undefined);
  return left.length === 0 ? undefined : (Object.fromEntries(left) as Partial<T>);
}
