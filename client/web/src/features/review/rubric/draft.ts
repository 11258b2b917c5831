import type { RubricChoiceInput, RubricCriterionInput } from "../../../gql/graphql.ts";

/** A criterion as it is being written. */
export interface CriterionDraft {
  label: string;
  scorer: string;
  perStep: boolean;
  /** One choice a line: key, score, label. Without any, `min` and `max` are the range of a number. */
  choices: string;
  min: number | string;
  max: number | string;
}

export const NEW_CRITERION: CriterionDraft = {
  label: "",
  scorer: "",
  perStep: false,
  choices: "1 1 Yes\n2 0 No",
  min: 0,
  max: 1,
};

const LINE = /^(?<key>\S)\s+(?<value>-?\d+(?:\.\d+)?)\s+(?<label>\S.*)$/;

/** Returns the message about lines that are no choices; undefined if all are. */
export function wrongChoices(text: string): string | undefined {
  const wrong = linesOf(text).find((line) => !LINE.test(line));
  return wrong === undefined ? undefined : `“${wrong}” must be a key, a score and a label, such as “1 0.5 Partly”`;
}

/** Returns the input of a criterion, whose lines are choices. */
export function criterionInput({ label, scorer, perStep, choices, min, max }: CriterionDraft): RubricCriterionInput {
  const chosen = linesOf(choices).flatMap(choiceOf);
  const values = chosen.map(({ value }) => value);
  const scale =
    chosen.length === 0
      ? { min: Number(min), max: Number(max) }
      : { min: Math.min(...values), max: Math.max(...values), choices: chosen };
  return { label, scorer, perStep, scale };
}

function choiceOf(line: string): RubricChoiceInput[] {
  const groups = LINE.exec(line)?.groups;
  return groups === undefined ? [] : [{ key: groups["key"] ?? "", value: Number(groups["value"]), label: groups["label"] ?? "" }];
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
