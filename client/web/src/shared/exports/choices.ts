import type { ExportContainer, ExportFormat, PairRule } from "../../gql/graphql.ts";
import type { TemplateChoice } from "../templates/templates.ts";

/** The options of an export in its form. Numbers that are being typed may be text. */
export interface ExportChoice {
  format: ExportFormat;
  container: ExportContainer;
  systemInstruction: string;
  template: TemplateChoice;
  customTemplate: string;
  scorer: string;
  threshold: number | string;
  pairRule: PairRule;
  margin: number | string;
  pairsPerGroup: number | string;
  conversational: boolean;
  includeScores: boolean;
  keepControlTokens: boolean;
  roundTrip: boolean;
  escapeFormulas: boolean;
}

/** The form as it opens: the schema's defaults. */
export const FIRST_CHOICE: ExportChoice = {
  format: "TRACE",
  container: "JSONL",
  systemInstruction: "",
  template: "NUMBERED",
  customTemplate: "",
  scorer: "",
  threshold: 0.5,
  pairRule: "BEST_WORST",
  margin: 0,
  pairsPerGroup: 1,
  conversational: false,
  includeScores: false,
  keepControlTokens: false,
  roundTrip: false,
  escapeFormulas: false,
};

/** The fields beside which a refusal can be shown. */
export const SHOWN: readonly string[] = Object.keys(FIRST_CHOICE);

interface Named<Value> {
  value: Value;
  label: string;
  about: string;
}

/** The formats of the records. */
export const FORMATS: readonly Named<ExportFormat>[] = [
  { value: "TRACE", label: "Traces", about: "Prompt, steps and final answer in separate fields." },
  { value: "TUNIX_SFT", label: "Tunix SFT", about: "A user turn and a model turn in Gemma's chat markup." },
  { value: "TRAINING_EXAMPLE", label: "Training examples", about: "A prompt that asks for reasoning, and a response." },
  { value: "CHAT_MESSAGES", label: "Chat messages", about: "Messages of system, user and assistant." },
  { value: "PROMPT_COMPLETION", label: "Prompt and completion", about: "A prompt, and a completion with steps and final answer." },
  { value: "PROMPT_ONLY", label: "Prompts only", about: "Each prompt once, with its reference answer." },
  { value: "PREFERENCE", label: "Preference pairs", about: "A prompt with a chosen and a rejected completion." },
  { value: "UNPAIRED_PREFERENCE", label: "Labelled completions", about: "A prompt, a completion, and whether its score is high enough." },
  { value: "STEPWISE", label: "Labelled steps", about: "A prompt, its steps, and whether the score of each is high enough." },
  { value: "GROUPED", label: "Groups", about: "A prompt with all completions and their scores." },
];

/** The formats of the file. */
export const CONTAINERS: readonly Named<ExportContainer>[] = [
  { value: "JSONL", label: "JSON Lines", about: "One JSON object per line." },
  { value: "JSONL_GZ", label: "JSON Lines, gzip", about: "JSON Lines, compressed with gzip." },
  { value: "CSV", label: "CSV", about: "A header row; lists and metadata are JSON in their cells." },
  { value: "PARQUET", label: "Parquet", about: "Compressed with zstd; metadata is a column of JSON text." },
  { value: "HUGGING_FACE", label: "Hugging Face", about: "A zip of a folder that load_dataset opens." },
];

/** Returns the name that people know a format by. */
export function formatLabel(format: ExportFormat): string {
  return FORMATS.find(({ value }) => value === format)?.label ?? format;
}

/** Returns the name that people know a container by. */
export function containerLabel(container: ExportContainer): string {
  return CONTAINERS.find(({ value }) => value === container)?.label ?? container;
}
