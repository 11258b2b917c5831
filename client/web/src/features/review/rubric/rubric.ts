/** A score that a reviewer can choose, and the key that chooses it. */
export interface Choice {
  value: number;
  label: string;
  key: string;
}

/** The object to score, and its criterion. */
export interface Criterion {
  /** The name that the scores are stored under. */
  scorer: string;
  label: string;
  /** The range; without choices, a number in it is entered. */
  scale: { min: number; max: number; choices: readonly Choice[] };
  /** Whether each step is scored instead of the whole trace. */
  perStep: boolean;
}

/** The criteria of a review. */
export interface Rubric {
  name: string;
  criteria: readonly Criterion[];
}

/** The rubric that is used until another one is chosen. */
export const DEFAULT_RUBRIC: Rubric = {
  name: "Correct, partly, wrong",
  criteria: [
    {
      scorer: "review",
      label: "Is the answer correct?",
      perStep: false,
      scale: {
        min: 0,
        max: 1,
        choices: [
          { value: 1, label: "Correct", key: "1" },
          { value: 0.5, label: "Partly", key: "2" },
          { value: 0, label: "Wrong", key: "3" },
        ],
      },
    },
  ],
};

/** Returns the name that a reviewer's scores are stored under, so that those of several can be compared. */
export function scorerOf(criterion: Criterion, reviewer: string): string {
  return reviewer === "" ? criterion.scorer : `${criterion.scorer}/${reviewer}`;
}

/** One score to give: a criterion, for the whole trace (null) or for a step. */
export interface Item {
  key: string;
  criterion: Criterion;
  stepIndex: number | null;
}

/** Returns the scores to give to a trace with some steps, in the order of the review. */
export function itemsOf(rubric: Rubric, steps: readonly number[]): Item[] {
  return rubric.criteria.flatMap((criterion, index) =>
    (criterion.perStep ? steps : [null]).map((stepIndex) => ({ key: `${index} ${stepIndex ?? "whole"}`, criterion, stepIndex })),
  );
}
