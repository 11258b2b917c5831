import type { GrpoInput, LearningRateSchedule, LoraInput, PreferenceInput, RunMethod, StartRunInput } from "../../../gql/graphql.ts";
import { policyOf } from "../../../shared/contamination/policies.ts";
import type { Json } from "../../../shared/json.ts";
import { labelsOf } from "../../../shared/jobs/labels.ts";
import { pairRuleNamed } from "../../../shared/pairs/pairRules.ts";
import { templateNamed, USUAL_TEMPLATE } from "../../../shared/templates/templates.ts";
import { PARAMETERS } from "./parameters.ts";
import { rewardsOf, rewardsText, type WeightedReward } from "./rewards.ts";
import { clusterOf, type FormValues, hasAdapters, hasPairs, hasRewards, hasResources, isUsed, numberOf, optionalText, textOf } from "./texts.ts";

/** The fields of the form that are not numbers; `lora` is whether preference pairs or rewards train adapters. */
export const TEXTS = [
  "datasetId",
  "evalDatasetId",
  "modelId",
  "method",
  "contaminationPolicy",
  "template",
  "customTemplate",
  "preference.scorer",
  "preference.rule",
  "grpo.rewards",
  "lora",
  "lora.modulePath",
  "schedule",
  "timeoutSeconds",
  "outputName",
  "engine",
  "labels",
];

const FIRST_TEXTS = { method: "SFT", engine: "LOCAL", contaminationPolicy: "WARN", template: USUAL_TEMPLATE, "preference.rule": "BEST_WORST" };

/** Returns the values of a new form. */
export function initialValues(): FormValues {
  const texts = TEXTS.map((path) => [path, ""] as const);
  const numbers = PARAMETERS.map(({ path, initial }) => [path, initial] as const);
  return { ...Object.fromEntries([...texts, ...numbers]), ...FIRST_TEXTS };
}

/** Returns the input of `startRun` without its mode; the values must have no errors. */
export function inputOf(values: FormValues): Omit<StartRunInput, "mode"> {
  const labels = labelsOf(textOf(values, "labels"));
  const mesh = definedMembers({ fsdp: numberOf(values, "mesh.fsdp"), tp: numberOf(values, "mesh.tp") });
  const numbers = PARAMETERS.filter(({ path }) => !path.includes(".") && isUsed(values, path)).map(({ path }) => [path, numberOf(values, path)] as const);
  return {
    datasetId: textOf(values, "datasetId"),
    modelId: textOf(values, "modelId"),
    method: methodOf(textOf(values, "method")),
    ...definedMembers({
      ...Object.fromEntries(numbers),
      ...templateOf(values),
      evalDatasetId: isUsed(values, "evalDatasetId") ? optionalText(values, "evalDatasetId") : undefined,
      contaminationPolicy: policyOf(textOf(values, "contaminationPolicy")),
      schedule: scheduleOf(textOf(values, "schedule")),
      timeoutSeconds: numberOf(values, "timeoutSeconds"),
      outputName: optionalText(values, "outputName"),
      preference: hasPairs(values) ? preferenceOf(values) : undefined,
      grpo: hasRewards(values) ? grpoOf(values) : undefined,
      lora: loraOf(values),
      mesh,
      labels: labels.length > 0 ? labels : undefined,
      engine: clusterOf(values),
      resources: hasResources(values) ? numbersAt(values, "resources.") : undefined,
    }),
  };
}

function loraOf(values: FormValues): LoraInput | undefined {
  const lora = definedMembers({ rank: numberOf(values, "lora.rank"), alpha: numberOf(values, "lora.alpha"), modulePath: optionalText(values, "lora.modulePath") });
  // Without it, preference pairs and rewards train all weights.
  return hasAdapters(values) ? (lora ?? (values["method"] === "LORA" ? undefined : {})) : undefined;
}

function preferenceOf(values: FormValues): PreferenceInput {
  return {
    scorer: textOf(values, "preference.scorer"),
    rule: pairRuleNamed(values["preference.rule"]),
    ...definedMembers({ margin: numberOf(values, "preference.margin"), pairsPerGroup: numberOf(values, "preference.pairsPerGroup") }),
  };
}

function grpoOf(values: FormValues): GrpoInput {
  return { rewards: rewardsOf(textOf(values, "grpo.rewards")), ...numbersAt(values, "grpo.") };
}

/** Returns the numbers of an input inside the input; undefined if none is given. */
function numbersAt(values: FormValues, prefix: string): Record<string, number> | undefined {
  const numbers = PARAMETERS.filter(({ path }) => path.startsWith(prefix)).map(({ path }) => [path.slice(prefix.length), numberOf(values, path)] as const);
  return definedMembers(Object.fromEntries(numbers)) as Record<string, number> | undefined;
}

function templateOf(values: FormValues): Pick<StartRunInput, "template" | "customTemplate"> {
  if (values["template"] === "CUSTOM") {
    return { customTemplate: values["customTemplate"] ?? "" };
  }
  const template = templateNamed(textOf(values, "template"));
  return template === undefined || template === USUAL_TEMPLATE ? {} : { template };
}

/** A run whose configuration a form can start from. */
export interface ConfiguredRun {
  datasetKey: string;
  evalDataset: { key: string } | null;
  modelId: string;
  method: RunMethod;
  engine: string;
  config: Record<string, unknown> | null;
}

/** Returns the values that start a run like another; its output folder's name is its own. */
export function valuesOf(run: ConfiguredRun): FormValues {
  const config = run.config ?? {};
  const texts = ["schedule", "template", "customTemplate", "preference.scorer", "preference.rule", "lora.modulePath", "timeoutSeconds"];
  const paths = [...PARAMETERS.map(({ path }) => path), ...texts];
  const set = paths.map((path) => [path, textAt(config, path.split("."))] as const).filter(([, text]) => text !== "");
  return {
    ...initialValues(),
    ...Object.fromEntries(set),
    ...(textAt(config, ["customTemplate"]) !== "" && { template: "CUSTOM" }),
    ...(run.method !== "LORA" && isRecord(config["lora"]) && { lora: "ADAPTERS" }),
    ...(isGrpo(config["grpo"]) && { "grpo.rewards": rewardsText(config["grpo"].rewards) }),
    datasetId: run.datasetKey,
    evalDatasetId: run.evalDataset?.key ?? "",
    modelId: run.modelId,
    method: run.method,
    engine: clusterOf({ engine: run.engine }) ?? "LOCAL",
    ...(Array.isArray(config["labels"]) && { labels: config["labels"].join(", ") }),
  };
}

/** The parts of the input that a dry run, which the server executes itself, does without: the name of the folder, and where to train. */
export const NOT_FOR_DRY_RUNS = { outputName: undefined, engine: undefined, resources: undefined, labels: undefined };

/** Whether two sets of values ask for the same training; the reaction to contamination and what a dry run does without do not count. */
export function isSameTraining(a: FormValues, b: FormValues): boolean {
  const [one, other] = [a, b].map((values) => JSON.stringify({ ...inputOf(values), ...NOT_FOR_DRY_RUNS, contaminationPolicy: undefined }));
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

function isGrpo(value: unknown): value is { rewards: WeightedReward[] } {
  return isRecord(value) && Array.isArray(value["rewards"]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function methodOf(text: string): RunMethod {
  return text === "LORA" || text === "DPO" || text === "GRPO" ? text : "SFT";
}

function scheduleOf(text: string): LearningRateSchedule | undefined {
  return text === "CONSTANT" || text === "LINEAR" || text === "COSINE" ? text : undefined;
}

/** Returns an object without its undefined members; undefined if none is left. */
function definedMembers<T extends object>(members: T): Partial<T> | undefined {
  const left = Object.entries(members).filter(([, value]) => value !== undefined);
  return left.length === 0 ? undefined : (Object.fromEntries(left) as Partial<T>);
}
