import type { JobStatus } from "../../../gql/graphql.ts";

const RUN_ID = "UnVuOjE";

/** A run as the server answers it to the page, with other fields where a test needs them. */
export function aRun(fields: { status?: JobStatus } & Record<string, unknown> = {}): Record<string, unknown> {
  return {
    __typename: "Run",
    id: RUN_ID,
    uuid: "01a22524-b583-709a-b66b-07e5c09da64f",
    outputName: "first",
    status: "COMPLETED",
    statusReason: "Trained 2 steps.",
    progress: 1,
    error: null,
    cancelRequested: false,
    trainingProgress: { __typename: "TrainingProgress", step: 2, totalSteps: 2, epoch: 1, etaSeconds: 0 },
    events: { __typename: "RunEventConnection", nodes: [{ __typename: "RunState", seq: 300 }] },
    metrics: [
      { __typename: "RunMetricSeries", name: "train/loss", steps: [1, 2], values: [4, 2], kinds: ["FINITE", "FINITE"], pointCount: 2 },
      { __typename: "RunMetricSeries", name: "dataset/records", steps: [0], values: [15], kinds: ["FINITE"], pointCount: 1 },
    ],
    mode: "TRAIN",
    method: "LORA",
    modelId: "tiny-random/qwen3",
    datasetKey: "maths-v1",
    dataset: { __typename: "Dataset", id: "RDE", uuid: "00000000-0000-7000-8000-000000000001", traceCount: 15 },
    evalDataset: null,
    producedTraces: { __typename: "TraceConnection", totalCount: 0 },
    evaluationCandidates: { __typename: "EvaluationCandidateConnection", nodes: [] },
    engine: "local",
    lastReportAt: null,
    createdAt: "2026-01-01T00:00:00Z",
    startedAt: "2026-01-01T00:00:01Z",
    completedAt: "2026-01-01T00:00:31Z",
    durationSeconds: 30,
    exitCode: 0,
    attempt: 1,
    maxAttempts: 3,
    attempts: [
      {
        __typename: "RunAttempt",
        attempt: 1,
        status: "COMPLETED",
        startedAt: "2026-01-01T00:00:01Z",
        completedAt: "2026-01-01T00:00:31Z",
        reason: "Trained 2 steps.",
      },
    ],
    tags: ["baseline"],
    modelArchiveUrl: "/files/model",
    notes: "It **works**.",
    stdout: "done",
    stderr: "",
    manifest: "version: '1.0'",
    config: {
      __typename: "TrainingConfig",
      learningRate: 0.01,
      schedule: "COSINE",
      warmupSteps: null,
      weightDecay: null,
      maxGradNorm: null,
      numEpochs: 4,
      maxSteps: null,
      batchSize: 8,
      gradientAccumulationSteps: null,
      maxSeqLength: 128,
      seed: null,
      saveEverySteps: null,
      evalEverySteps: null,
      timeoutSeconds: null,
      lora: { __typename: "LoraConfig", rank: 4, alpha: null, modulePath: null },
      mesh: null,
      labels: ["gpu", "tpu-v5e"],
      resources: { __typename: "ResourcesConfig", cpus: null, gpus: 2, tpus: null, memoryGib: null },
      template: "THINK",
      customTemplate: null,
      beta: null,
      preference: null,
      grpo: null,
    },
    artifacts: { __typename: "RunArtifactConnection", totalCount: 3, edges: [anArtifact("model/weights.safetensors", "WEIGHTS"), anArtifact("checkpoints/10", "CHECKPOINT"), anArtifact("checkpoints/2", "CHECKPOINT")] },
    ...fields,
  };
}

function anArtifact(name: string, kind: string): Record<string, unknown> {
  const isFolder = kind === "CHECKPOINT";
  const node = {
    __typename: "RunArtifact",
    id: `artifact ${name}`,
    name,
    kind,
    step: isFolder ? Number(name.slice("checkpoints/".length)) : null,
    byteSize: 1200,
    sha256: isFolder ? null : "0123456789abcdef".repeat(4),
    createdAt: "2026-01-01T00:00:31Z",
    downloadUrl: isFolder ? null : "/files/weights",
  };
  return { __typename: "RunArtifactEdge", node };
}

/** A line of a log as the server answers it. */
export function aLine(seq: number, text = `line ${seq}`, stream: "STDOUT" | "STDERR" = "STDOUT"): Record<string, unknown> {
  return { __typename: "RunLogLine", seq, at: "2026-01-01T00:00:00Z", attempt: 1, stream, text };
}

/** A page of a log as the server answers it. */
export function aLog(lines: readonly Record<string, unknown>[], totalCount: number, hasPreviousPage = false): Record<string, unknown> {
  const logs = { __typename: "RunLogLineConnection", nodes: lines, totalCount, pageInfo: { __typename: "PageInfo", hasPreviousPage } };
  return { run: { __typename: "Run", id: RUN_ID, logs } };
}
