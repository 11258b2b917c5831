import type { CreateEvaluationInput } from "../../../gql/graphql.ts";

/** The numbers of the form; an empty text has the server's default. */
export interface Numbers {
  samples: number | string;
  maxNewTokens: number | string;
  seed: number | string;
}

export const NO_NUMBERS: Numbers = { samples: "", maxNewTokens: "", seed: "" };

/** Returns the numbers as the server takes them: that of the tokens only if a model answers first. */
export function numbersInput(
  { samples, maxNewTokens, seed }: Numbers,
  isAnswering: boolean,
): Pick<CreateEvaluationInput, "samplesPerPrompt" | "sampling" | "seed"> {
  return {
    samplesPerPrompt: typeof samples === "number" ? samples : null,
    ...(typeof seed === "number" ? { seed } : {}),
    ...(isAnswering && typeof maxNewTokens === "number" ? { sampling: { maxNewTokens } } : {}),
  };
}
