/** A number of the start form: its place in `StartRunInput`, its range, and its default. */
export interface Parameter {
  /** Path in the input, such as `lora.rank`. */
  path: string;
  label: string;
  low: number;
  high: number;
  /** Whether the lower bound itself is excluded. */
  isAbove?: boolean;
  isWhole: boolean;
  /** The value with which a new form starts; empty if the server decides. */
  initial: string;
  /** The meaning of an empty field; required parameters have none. */
  otherwise?: string;
}

const STEPS = 10_000_000;

/** The parameters of the optimiser's schedule. */
export const TRAINING: readonly Parameter[] = [
  { path: "learningRate", label: "Learning rate", low: 0, high: 1, isAbove: true, isWhole: false, initial: "2e-05" },
  { path: "numEpochs", label: "Epochs", low: 1, high: 100, isWhole: true, initial: "3" },
  { path: "batchSize", label: "Batch size", low: 1, high: 512, isWhole: true, initial: "8" },
  { path: "maxSeqLength", label: "Maximum tokens", low: 128, high: 32_768, isWhole: true, initial: "2048" },
];

/** Parameters that have a default on the server. */
export const OPTIONAL: readonly Parameter[] = [
  optional("maxSteps", "Maximum steps", 1, STEPS, "from epochs"),
  optional("gradientAccumulationSteps", "Gradient accumulation", 1, 1024, "1"),
  optional("warmupSteps", "Warmup steps", 0, STEPS, "0"),
  { ...optional("weightDecay", "Weight decay", 0, 1, "0"), isWhole: false },
  { ...optional("maxGradNorm", "Maximum gradient norm", 0, 1000, "1"), isWhole: false, isAbove: true },
  optional("seed", "Random seed", 0, 2_147_483_647, "0"),
];

/** Parameters of the LoRA adapters. */
export const LORA: readonly Parameter[] = [
  optional("lora.rank", "LoRA rank", 1, 1024, "8"),
  { ...optional("lora.alpha", "LoRA alpha", 0, 4096, "16"), isWhole: false, isAbove: true },
];

/** The parameters of preference pairs and of training on them. */
export const PREFERENCE: readonly Parameter[] = [
  { path: "preference.margin", label: "Minimum margin", low: 0, high: Number.POSITIVE_INFINITY, isWhole: false, initial: "0" },
  { path: "preference.pairsPerGroup", label: "Pairs per group", low: 1, high: 1000, isWhole: true, initial: "1" },
  beta("0.1"),
];

/** The parameters of sampling answers and of training on their rewards. */
export const GRPO: readonly Parameter[] = [
  optional("grpo.numGenerations", "Answers per prompt", 2, 64, "8"),
  optional("grpo.maxNewTokens", "Maximum tokens of an answer", 1, 8192, "256"),
  { ...optional("grpo.temperature", "Temperature", 0, 10, "1"), isWhole: false, isAbove: true },
  { ...optional("grpo.topP", "Top p", 0, 1, "1"), isWhole: false, isAbove: true },
  optional("grpo.numIterations", "Steps per batch", 1, 16, "1"),
  { ...optional("grpo.epsilon", "Epsilon", 0, 1, "0.2"), isWhole: false, isAbove: true },
  beta("0.04"),
];

/** The parameters of a run's device mesh and checkpoints. */
export const OUTPUT: readonly Parameter[] = [
  optional("saveEverySteps", "Steps between checkpoints", 1, STEPS, "about 10 per run"),
  optional("evalEverySteps", "Steps between evaluations", 1, STEPS, "about 10 per run"),
  optional("mesh.fsdp", "FSDP devices", 1, 512, "1"),
  optional("mesh.tp", "Tensor parallel devices", 1, 4096, "1"),
];

/** The resources that the engine of a cluster reserves. */
export const RESOURCES: readonly Parameter[] = [
  { ...optional("resources.cpus", "CPUs", 0.1, 1024, "1"), isWhole: false },
  optional("resources.gpus", "GPUs", 1, 16, "none"),
  optional("resources.tpus", "TPU chips", 1, 16, "none"),
  optional("resources.memoryGib", "Memory in GiB", 1, 65_536, "no reservation"),
];

/** All numbers of the form. */
export const PARAMETERS: readonly Parameter[] = [
  ...TRAINING,
  ...OPTIONAL,
  ...LORA,
  ...PREFERENCE,
  ...GRPO.filter(({ path }) => path !== "beta"),
  ...OUTPUT,
  ...RESOURCES,
];

function optional(path: string, label: string, low: number, high: number, otherwise: string): Parameter {
  return { path, label, low, high, isWhole: true, initial: "", otherwise };
}

function beta(otherwise: string): Parameter {
  return { ...optional("beta", "Beta", 0, 10, otherwise), isWhole: false, isAbove: true };
}

const WHOLE = new Intl.NumberFormat("en");

/** Returns a parameter's range as the schema words it: "1 to 100", "above 0, at most 1", "0 or more". */
export function rangeText({ low, high, isAbove }: Parameter): string {
  if (high === Number.POSITIVE_INFINITY) {
    return `${low} or more`;
  }
  return isAbove === true ? `above ${low}, at most ${WHOLE.format(high)}` : `${low} to ${WHOLE.format(high)}`;
}

/** Returns why a parameter's text cannot be sent; null if it can. */
export function parameterError(parameter: Parameter, text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "") {
    return parameter.otherwise === undefined ? "must be given" : null;
  }
  const value = Number(trimmed);
  if (!Number.isFinite(value)) {
    return "must be a number";
  }
  if (parameter.isWhole && !Number.isInteger(value)) {
    return "must be a whole number";
  }
  const isInside = (parameter.isAbove === true ? value > parameter.low : value >= parameter.low) && value <= parameter.high;
  return isInside ? null : `must be ${rangeText(parameter)}`;
}
