import { labelsError } from "../../../shared/jobs/labels.ts";
import { customTemplateError } from "../../../shared/templates/templates.ts";
import { PARAMETERS, parameterError } from "./parameters.ts";
import { rewardsError } from "./rewards.ts";
import { type FormValues, hasPairs, hasRewards, isUsed, textOf } from "./texts.ts";

const OUTPUT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MODULE_PATH_MAX = 1000;

/** Returns the errors of the values by their path; empty if they can be sent. */
export function valueErrors(values: FormValues): Record<string, string> {
  const numbers = PARAMETERS.filter(({ path }) => isUsed(values, path)).map(
    (parameter) => [parameter.path, parameterError(parameter, textOf(values, parameter.path))] as const,
  );
  const found: (readonly [string, string | null])[] = [
    ["datasetId", requiredError(values, "datasetId")],
    ["modelId", requiredError(values, "modelId")],
    ["preference.scorer", hasPairs(values) ? requiredError(values, "preference.scorer") : null],
    ["grpo.rewards", hasRewards(values) ? rewardsError(textOf(values, "grpo.rewards")) : null],
    ["customTemplate", customTemplateError(textOf(values, "template"), values["customTemplate"] ?? "")],
    ["outputName", outputNameError(textOf(values, "outputName"))],
    ["timeoutSeconds", timeoutError(textOf(values, "timeoutSeconds"))],
    ["lora.modulePath", textOf(values, "lora.modulePath").length > MODULE_PATH_MAX ? "must be at most 1,000 characters" : null],
    ["batchSize", meshError(values)],
    ["labels", labelsError(textOf(values, "labels"))],
    ...numbers,
  ];
  return Object.fromEntries(found.filter((each): each is readonly [string, string] => each[1] !== null));
}

function requiredError(values: FormValues, path: string): string | null {
  return textOf(values, path) === "" ? "must be given" : null;
}

function outputNameError(name: string): string | null {
  const isFine = name === "" || OUTPUT_NAME.test(name);
  return isFine ? null : "must be 1 to 64 letters, digits and characters of . _ -, starting with a letter or digit";
}

function timeoutError(text: string): string | null {
  return text === "" || (Number.isInteger(Number(text)) && Number(text) >= 1) ? null : "must be a whole number, at least 1";
}

function meshError(values: FormValues): string | null {
  const [batch, devices] = [Number(textOf(values, "batchSize")), Number(textOf(values, "mesh.fsdp"))];
  return devices > 0 && batch % devices !== 0 ? `must be a multiple of the ${devices} data parallel devices` : null;
}
