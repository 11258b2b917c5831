import type { ExportFormat, StartExportInput } from "../../gql/graphql.ts";
import { customTemplateError } from "../templates/templates.ts";
import { type ExportChoice, FIRST_CHOICE } from "./choices.ts";

type Option = Exclude<keyof ExportChoice, "format" | "container">;

/** The formats whose records have no reasoning that is written by a template. */
const UNTEMPLATED = new Set<ExportFormat>(["TRACE", "PROMPT_ONLY", "STEPWISE"]);
/** The formats with labels or pairs, which are made of scores. */
const SCORED = new Set<ExportFormat>(["PREFERENCE", "UNPAIRED_PREFERENCE", "STEPWISE"]);
const PAIRS_MAX = 1000;

/** Returns the options that apply to the chosen format and container. */
export function optionsOf({ format, container, template }: ExportChoice): Record<Option, boolean> {
  const hasTemplate = !UNTEMPLATED.has(format);
  const keepsTraces = !SCORED.has(format) && format !== "PROMPT_ONLY" && format !== "GROUPED";
  const isRead = container === "JSONL" || container === "JSONL_GZ";
  return {
    systemInstruction: format !== "TRACE",
    template: hasTemplate,
    customTemplate: hasTemplate && template === "CUSTOM",
    scorer: SCORED.has(format),
    threshold: format === "UNPAIRED_PREFERENCE" || format === "STEPWISE",
    pairRule: format === "PREFERENCE",
    margin: format === "PREFERENCE",
    pairsPerGroup: format === "PREFERENCE",
    conversational: format === "PREFERENCE" || format === "UNPAIRED_PREFERENCE" || format === "PROMPT_ONLY",
    includeScores: keepsTraces,
    keepControlTokens: format === "TUNIX_SFT",
    roundTrip: keepsTraces && isRead,
    escapeFormulas: container === "CSV",
  };
}

/** Returns the errors of a choice by their fields; empty if it can be sent. */
export function choiceErrors(choice: ExportChoice): Record<string, string> {
  const applies = optionsOf(choice);
  const found: (readonly [Option, string | null])[] = [
    ["scorer", choice.scorer.trim() === "" ? "must be given" : null],
    ["threshold", isBetween(choice.threshold, -Infinity, Infinity) ? null : "must be a number"],
    ["margin", isBetween(choice.margin, 0, Infinity) ? null : "must be 0 or more"],
    ["pairsPerGroup", isBetween(choice.pairsPerGroup, 1, PAIRS_MAX) && Number.isInteger(choice.pairsPerGroup) ? null : "must be 1 to 1,000"],
    ["customTemplate", customTemplateError(choice.template, choice.customTemplate)],
  ];
  return Object.fromEntries(found.filter((each): each is readonly [Option, string] => each[1] !== null && applies[each[0]]));
}

function isBetween(value: number | string, low: number, high: number): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= low && value <= high;
}

/** Returns the part of `StartExportInput` that a choice makes: options that have a meaning and differ from their defaults. */
export function exportInput(choice: ExportChoice): Omit<StartExportInput, "datasetId" | "traceIds" | "where" | "orderBy"> {
  const { format, container, template, scorer, threshold, margin, pairsPerGroup, ...others } = choice;
  const applies = optionsOf(choice);
  const written = {
    ...others,
    ...(template !== "CUSTOM" && { template }),
    scorer: scorer.trim(),
    threshold: Number(threshold),
    margin: Number(margin),
    pairsPerGroup: Number(pairsPerGroup),
  };
  const given = Object.entries(written).filter(([name, value]) => isOption(name) && applies[name] && value !== FIRST_CHOICE[name]);
  return { format, container, ...Object.fromEntries(given) };
}

function isOption(name: string): name is Option {
  return name in FIRST_CHOICE && name !== "format" && name !== "container";
}
