import type { ReasoningTemplate, StartGenerationInput, TraceWhere } from "../../../gql/graphql.ts";
import { parseNumber } from "../../../shared/format/numbers.ts";
import { labelsOf } from "../../../shared/jobs/labels.ts";

/** The fields that have numbers, with their labels; an empty one has the server's default. */
export const NUMBERS = [
  { name: "samplesPerPrompt", label: "Answers per prompt", hint: "1" },
  { name: "temperature", label: "Temperature", hint: "1; 0 is greedy" },
  { name: "topP", label: "Top-p", hint: "1" },
  { name: "maxNewTokens", label: "Maximum new tokens", hint: "512" },
  { name: "limit", label: "Maximum prompts", hint: "all" },
  { name: "seed", label: "Seed", hint: "0" },
  { name: "checkpointStep", label: "Checkpoint", hint: "the exported model" },
] as const;

type NumberName = (typeof NUMBERS)[number]["name"];

/** The values of the form. */
export interface Values {
  modelId: string;
  datasetId: string;
  /** The filter that selects the prompts in place of a dataset. */
  where: TraceWhere | null;
  /** Numbers that are being typed may be text. */
  numbers: Partial<Record<NumberName, number | string>>;
  template: ReasoningTemplate | null;
  systemInstruction: string;
  scorers: readonly string[];
  /** The labels of the worker, with commas between them. */
  labels: string;
}

/** Returns the input of the mutation that the form sends. */
export function inputOf({ modelId, datasetId, where, numbers, template, systemInstruction, scorers, labels }: Values): StartGenerationInput {
  const required = labelsOf(labels);
  const given = Object.entries(numbers).map(([name, text]) => [name, parseNumber(text)] as const);
  return {
    modelId: modelId.trim(),
    ...(where === null ? { datasetId } : { where }),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(template === null ? {} : { template }),
    ...(systemInstruction.trim() === "" ? {} : { systemInstruction }),
    scorers: [...scorers],
    ...(required.length === 0 ? {} : { labels: required }),
  };
}
