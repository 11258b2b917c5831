/** A format of the ingest route. */
export interface UploadFormat {
  name: string;
  label: string;
  /** Fields of a record, any set of which distinguishes the format. */
  shapes: readonly (readonly string[])[];
  mediaType: string;
}

const LINES = "application/x-ndjson";

/** The import formats, in the order in which they are offered. */
export const UPLOAD_FORMATS: readonly UploadFormat[] = [
  { name: "jsonl", label: "Native traces (jsonl)", shapes: [["prompt", "final_answer", "steps"]], mediaType: LINES },
  { name: "chat_messages", label: "Conversations (chat_messages)", shapes: [["messages"], ["conversations"]], mediaType: LINES },
  { name: "gsm8k", label: "GSM8K", shapes: [["question", "answer"]], mediaType: LINES },
  { name: "prm800k", label: "PRM800K", shapes: [["question", "label"]], mediaType: LINES },
  { name: "stepwise", label: "TRL stepwise supervision (stepwise)", shapes: [["prompt", "completions", "labels"]], mediaType: LINES },
  { name: "prompt_completion", label: "Prompt and completion", shapes: [["prompt", "completion"]], mediaType: LINES },
  { name: "alpaca", label: "Alpaca", shapes: [["instruction", "output"]], mediaType: LINES },
  { name: "openr1", label: "OpenR1-Math (openr1)", shapes: [["problem", "generations"]], mediaType: LINES },
  { name: "rows", label: "Prompt and several completions (rows)", shapes: [["prompt", "completions"]], mediaType: LINES },
  {
    name: "preference",
    label: "Chosen and rejected answers (preference)",
    shapes: [["chosen", "rejected"]],
    mediaType: LINES,
  },
  { name: "responses", label: "OpenAI's Responses API (responses)", shapes: [["input", "output"]], mediaType: LINES },
  {
    name: "s1k",
    label: "s1K",
    shapes: [
      ["question", "solution", "thinking_trajectories"],
      ["question", "solution", "deepseek_thinking_trajectory", "deepseek_attempt"],
    ],
    mediaType: LINES,
  },
  { name: "processbench", label: "ProcessBench", shapes: [["problem", "steps", "label"]], mediaType: LINES },
  { name: "math_shepherd", label: "Math-Shepherd", shapes: [["input", "label", "task"]], mediaType: LINES },
  {
    name: "trl_completions",
    label: "Completions logged by TRL (trl_completions)",
    shapes: [
      ["step", "prompt", "completion"],
      ["prompt", "completion", "advantage"],
    ],
    mediaType: LINES,
  },
  {
    name: "verifiers",
    label: "Rollouts of verifiers",
    shapes: [
      ["example_id", "prompt", "completion", "reward"],
      ["nodes", "task", "agent"],
    ],
    mediaType: LINES,
  },
  { name: "lm_eval", label: "Samples of lm-evaluation-harness (lm_eval)", shapes: [["doc_id", "resps", "arguments"]], mediaType: LINES },
  { name: "atif", label: "Trajectories in ATIF (atif)", shapes: [["schema_version", "agent", "steps"]], mediaType: LINES },
  {
    name: "inspect",
    label: "Logs of Inspect as JSON (inspect)",
    shapes: [
      ["eval", "samples"],
      ["id", "epoch", "input", "target"],
    ],
    mediaType: LINES,
  },
  { name: "tunix_trajectories", label: "Tunix's trajectory store", shapes: [["metadata", "steps"]], mediaType: LINES },
  { name: "trace", label: "Exported as TRACE", shapes: [["prompts", "trace_steps"]], mediaType: LINES },
  { name: "tunix_sft", label: "Exported as TUNIX_SFT", shapes: [["prompts", "final_answer", "id"]], mediaType: LINES },
  { name: "training_example", label: "Exported as TRAINING_EXAMPLE", shapes: [["prompt", "response"]], mediaType: LINES },
  { name: "csv", label: "CSV or TSV", shapes: [], mediaType: "text/csv" },
  { name: "parquet", label: "Parquet", shapes: [], mediaType: "application/vnd.apache.parquet" },
];

/** Whether a format is a table whose columns are mapped to fields. */
export function isTable(format: string): boolean {
  return format === "csv" || format === "parquet";
}

const ENDINGS: Readonly<Record<string, string>> = { csv: "csv", tsv: "csv", parquet: "parquet" };

/** Returns the format of a file by its name or its first record; undefined if neither identifies it. */
export function recognise(name: string, start: string): string | undefined {
  const ending = name.replace(/\.gz$/, "").split(".").at(-1)?.toLowerCase() ?? "";
  return ENDINGS[ending] ?? formatOfRecord(firstRecord(start));
}

function formatOfRecord(record: object): string | undefined {
  const matches = UPLOAD_FORMATS.map(({ name, shapes }) => {
    const sizes = shapes.filter((shape) => shape.every((field) => field in record)).map((shape) => shape.length);
    return { name, size: Math.max(0, ...sizes) };
  });
  const best = matches.toSorted((a, b) => b.size - a.size)[0];
  return best === undefined || best.size === 0 ? undefined : best.name;
}

/** The first object of lines or of a list; an empty one if the text does not begin with one. */
function firstRecord(start: string): object {
  const text = start.trim().replace(/^\[\s*/, "");
  const candidates = [text, text.split("\n", 1)[0] ?? "", text.replace(/,?\s*\]?$/, ""), upToMatchingBrace(text)];
  for (const candidate of candidates) {
    const value = parseJson(candidate.replace(/,\s*$/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value;
    }
  }
  return {};
}

function upToMatchingBrace(text: string): string {
  let [depth, isText] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isText && character === "\\") {
      at += 1;
    } else if (character === '"') {
      isText = !isText;
    } else if (!isText && character === "{") {
      depth += 1;
    } else if (!isText && character === "}") {
      depth -= 1;
      if (depth === 0) {
        return text.slice(0, at + 1);
      }
    }
  }
  return "";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns a pasted text as the route takes it: a single JSON object is put on one line. */
export function asLines(text: string): string {
  const value = parseJson(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? JSON.stringify(value) : text;
}

/** Returns the names of a CSV's columns. */
export function headerOf(start: string, delimiter: string): string[] {
  const line = start.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0] ?? "";
  const names = line.match(new RegExp(`(?:^|[${delimiter}])("(?:[^"]|"")*"|[^${delimiter}]*)`, "g")) ?? [];
  return names.map((name) => name.replace(new RegExp(`^[${delimiter}]`), "").replace(/^"|"$/g, "").replaceAll('""', '"')).filter((name) => name !== "");
}
