import type { RunEngine } from "../../../gql/graphql.ts";

/** The values of the start form: texts by their path in `StartRunInput`, empty where nothing is given. */
export type FormValues = Record<string, string>;

/** The parameters that a training on rewards does not have. */
const NOT_FOR_REWARDS = new Set(["evalDatasetId", "evalEverySteps", "gradientAccumulationSteps"]);

/** Returns the text at a path, without space around it. */
export function textOf(values: FormValues, path: string): string {
  return (values[path] ?? "").trim();
}

/** Returns the text at a path; undefined if it is empty. */
export function optionalText(values: FormValues, path: string): string | undefined {
  return textOf(values, path) || undefined;
}

/** Returns the number at a path; undefined if it is empty. */
export function numberOf(values: FormValues, path: string): number | undefined {
  const text = textOf(values, path);
  return text === "" ? undefined : Number(text);
}

/** Whether pairs of answers are trained on. */
export function hasPairs(values: FormValues): boolean {
  return values["method"] === "DPO";
}

/** Whether the model answers prompts, and is trained on rewards of its answers. */
export function hasRewards(values: FormValues): boolean {
  return values["method"] === "GRPO";
}

/** Whether adapters are trained in place of all weights. */
export function hasAdapters(values: FormValues): boolean {
  return values["method"] === "LORA" || ((hasPairs(values) || hasRewards(values)) && values["lora"] === "ADAPTERS");
}

/** The engines of clusters. */
const CLUSTERS: readonly RunEngine[] = ["RAY", "SLURM"];

/** Returns the cluster that trains; undefined if a worker does. */
export function clusterOf(values: FormValues): RunEngine | undefined {
  return CLUSTERS.find((engine) => engine === values["engine"]?.toUpperCase());
}

/** Whether a cluster trains, which reserves resources. */
export function hasResources(values: FormValues): boolean {
  return clusterOf(values) !== undefined;
}

/** Whether the form shows a parameter, and sends it. */
export function isUsed(values: FormValues, path: string): boolean {
  if (path.startsWith("resources.")) {
    return hasResources(values);
  }
  if (path.startsWith("lora.")) {
    return hasAdapters(values);
  }
  if (path === "beta") {
    return hasPairs(values) || hasRewards(values);
  }
  if (NOT_FOR_REWARDS.has(path)) {
    return !hasRewards(values);
  }
  return (hasPairs(values) || !path.startsWith("preference.")) && (hasRewards(values) || !path.startsWith("grpo."));
}
