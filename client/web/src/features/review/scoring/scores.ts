import type { ScoreInput } from "../../../gql/graphql.ts";
import type { Answers } from "../queue/sitting.ts";
import { type Item, scorerOf } from "../rubric/rubric.ts";

/** Returns the scores that a trace's answers are stored as. */
export function scoresOf(trace: string, items: readonly Item[], answers: Answers, reviewer: string): ScoreInput[] {
  return items.flatMap((item) => {
    const answer = answers[item.key];
    return answer === undefined ? [] : [scoreOf(trace, item, answer, reviewer)];
  });
}

function scoreOf(traceId: string, { criterion, stepIndex }: Item, { value, comment }: Answers[string], reviewer: string): ScoreInput {
  return {
    traceId,
    scorer: scorerOf(criterion, reviewer),
    scorerVersion: "1",
    kind: "HUMAN",
    score: value,
    ...(stepIndex === null ? {} : { stepIndex }),
    ...(comment === "" ? {} : { rationale: comment }),
  };
}
