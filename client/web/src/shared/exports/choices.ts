import type { ExportContainer, ExportFormat } from "../../gql/graphql.ts";

/** What an export writes, as the form has it. */
export interface ExportChoice {
  format: ExportFormat;
  container: ExportContainer;
  systemInstruction: string;
  keepControlTokens: boolean;
  roundTrip: boolean;
  escapeFormulas: boolean;
}

export const FIRST_CHOICE: ExportChoice = {
  format: "TRACE",
  container: "JSONL",
  systemInstruction: "",
  keepControlTokens: false,
  roundTrip: false,
  escapeFormulas: false,
};

interface Named<Value> {
  value: Value;
  label: string;
  about: string;
}

/** The formats of the records. */
export const FORMATS: readonly Named<ExportFormat>[] = [
  { value: "TRACE", label: "Traces", about: "Prompt, steps and final answer in fields of their own." },
  { value: "TUNIX_SFT", label: "Tunix SFT", about: "A user turn and a model turn in Gemma's chat markup." },
  { value: "TRAINING_EXAMPLE", label: "Training examples", about: "A prompt that asks for reasoning, and a response." },
  { value: "CHAT_MESSAGES", label: "Chat messages", about: "Messages of system, user and assistant." },
  { value: "PROMPT_COMPLETION", label: "Prompt and completion", about: "A prompt, and a completion with numbered steps." },
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

/** Whether an option has a meaning for what is chosen. */
export function optionsOf({ format, container }: ExportChoice): Record<"systemInstruction" | "controlTokens" | "roundTrip" | "formulas", boolean> {
  return {
    systemInstruction: format !== "TRACE",
    controlTokens: format === "TUNIX_SFT",
    roundTrip: container === "JSONL" || container === "JSONL_GZ",
    formulas: container === "CSV",
  };
}

/** Returns the part of `StartExportInput` that a choice makes: only options that have a meaning. */
export function exportInput(choice: ExportChoice): Partial<ExportChoice> & Pick<ExportChoice, "format" | "container"> {
  const applies = optionsOf(choice);
  const { format, container, systemInstruction, keepControlTokens, roundTrip, escapeFormulas } = choice;
  return {
    format,
    container,
    ...(applies.systemInstruction && systemInstruction !== "" && { systemInstruction }),
    ...(applies.controlTokens && keepControlTokens && { keepControlTokens }),
    ...(applies.roundTrip && roundTrip && { roundTrip }),
    ...(applies.formulas && escapeFormulas && { escapeFormulas }),
  };
}
