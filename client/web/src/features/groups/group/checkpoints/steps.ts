import type { CheckpointAnswersQuery } from "../../../../gql/graphql.ts";

/** An answer that a checkpoint generated. */
export type CheckpointAnswer = NonNullable<CheckpointAnswersQuery["traceGroup"]>["traces"]["edges"][number]["node"];

/** The answers of one checkpoint of a run. */
export interface Checkpoint {
  step: number;
  answers: readonly CheckpointAnswer[];
}

/** The checkpoints of a run, in the order of its steps. */
export interface RunCheckpoints {
  id: string;
  name: string;
  checkpoints: readonly Checkpoint[];
}

/** Returns the checkpoints of each run that has answers of several steps. */
export function runsOf(traces: readonly CheckpointAnswer[]): RunCheckpoints[] {
  const runs = new Map<string, { name: string; steps: Map<number, CheckpointAnswer[]> }>();
  for (const trace of traces) {
    const { run, checkpointStep, modelId } = trace.producedBy ?? {};
    if (checkpointStep !== null && checkpointStep !== undefined) {
      const id = run?.uuid ?? modelId ?? "";
      const known = runs.get(id) ?? { name: run?.outputName ?? modelId ?? id, steps: new Map<number, CheckpointAnswer[]>() };
      known.steps.set(checkpointStep, [...(known.steps.get(checkpointStep) ?? []), trace]);
      runs.set(id, known);
    }
  }
  return [...runs].flatMap(([id, { name, steps }]) => {
    const checkpoints = [...steps].map(([step, answers]) => ({ step, answers })).toSorted((a, b) => a.step - b.step);
    return checkpoints.length > 1 ? [{ id, name, checkpoints }] : [];
  });
}
