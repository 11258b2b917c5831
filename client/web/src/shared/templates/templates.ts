import type { ReasoningTemplate } from "../../gql/graphql.ts";

/** A template with a name, or a custom one. */
export type TemplateChoice = ReasoningTemplate | "CUSTOM";

/** The template where none is chosen. */
export const USUAL_TEMPLATE: ReasoningTemplate = "NUMBERED";

const CUSTOM_MAX = 2000;

interface Named {
  value: ReasoningTemplate;
  label: string;
  about: string;
}

/** The templates that have names. */
export const TEMPLATES: readonly Named[] = [
  { value: "NUMBERED", label: "Numbered", about: "Reasoning: with numbered steps, then Answer:" },
  { value: "PLAIN", label: "Plain", about: "The steps, one per line, then Answer:" },
  { value: "THINK", label: "Think", about: "The steps between <think> and </think>, then the final answer" },
  { value: "BOXED", label: "Boxed", about: "The steps, one per line, then the final answer in \\boxed{}" },
  { value: "ANSWER", label: "Answer", about: "The steps, one per line, then the final answer between <answer> and </answer>" },
];

/** Returns the template that has this name; undefined for a custom one. */
export function templateNamed(name: string): ReasoningTemplate | undefined {
  return TEMPLATES.find(({ value }) => value === name)?.value;
}

/** Returns why a custom template cannot be sent; null if it can, or if another template is chosen. */
export function customTemplateError(template: string, text: string): string | null {
  if (template !== "CUSTOM" || (text !== "" && text.length <= CUSTOM_MAX)) {
    return null;
  }
  return text === "" ? "must be given" : "must be at most 2,000 characters";
}
