import type { OtherAnswersQuery } from "../../../../gql/graphql.ts";

export type Answer = OtherAnswersQuery["traces"]["edges"][number]["node"];

/** Returns an answer's latest score by a scorer; undefined if it has none. */
export function scoreBy(answer: Answer, scorer: string | undefined): number | undefined {
  return answer.latestScores.find((score) => score.scorer === scorer)?.score;
}

/** Returns the scorers of answers, the one that scored the most of them first. */
export function scorersOf(answers: readonly Answer[]): string[] {
  const counts = new Map<string, number>();
  for (const { scorer } of answers.flatMap((answer) => answer.latestScores)) {
    counts.set(scorer, (counts.get(scorer) ?? 0) + 1);
  }
  return [...counts.keys()].toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a.localeCompare(b));
}

/** Returns answers with the highest score by a scorer first, those without one last. */
export function byScore(answers: readonly Answer[], scorer: string | undefined): Answer[] {
  return answers.toSorted((a, b) => (scoreBy(b, scorer) ?? -Infinity) - (scoreBy(a, scorer) ?? -Infinity) || (a.uuid < b.uuid ? -1 : 1));
}
