/** A count of the records of a dry run, for the training and the evaluation dataset. */
export interface CountRow {
  label: string;
  train: number | null;
  eval: number | null;
}

interface Metric {
  name: string;
  value: number | null;
}

const COUNTS = [
  ["records", "Records"],
  ["used", "Records used"],
  ["too_long", "Too long, left out"],
  ["tokens", "Tokens"],
  ["target_tokens", "Target tokens"],
] as const;

/** Returns the counts of a dry run, from its metrics; those that were not counted are left out. */
export function countRows(metrics: readonly Metric[]): CountRow[] {
  const values = new Map(metrics.map(({ name, value }) => [name, value]));
  return COUNTS.map(([name, label]) => ({
    label,
    train: values.get(`dataset/${name}`) ?? null,
    eval: values.get(`eval_dataset/${name}`) ?? null,
  })).filter((row) => row.train !== null || row.eval !== null);
}

/** Returns the number of steps of an epoch; null if it was not counted. */
export function stepsPerEpoch(metrics: readonly Metric[]): number | null {
  return metrics.find(({ name }) => name === "dataset/steps_per_epoch")?.value ?? null;
}

/** Returns the warnings of a dry run: the lines of its report that begin with an exclamation mark. */
export function warningsOf(stdout: string): string[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("! "))
    .map((line) => line.slice(2));
}
