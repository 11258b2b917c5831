import type { RewardInput } from "../../../gql/graphql.ts";

/** A reward of a run, with its weight. */
export interface WeightedReward {
  scorer: string;
  weight: number;
}

const REWARDS_MAX = 8;
const LARGEST_WEIGHT = 100;

/** Reads rewards as the command line writes them: scorers or `SCORER=WEIGHT`, with commas between them. */
export function rewardsOf(text: string): RewardInput[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const mark = part.lastIndexOf("=");
      return mark < 0 ? { scorer: part } : { scorer: part.slice(0, mark).trim(), weight: Number(part.slice(mark + 1).trim() || Number.NaN) };
    });
}

/** Writes rewards so that `rewardsOf` reads them. */
export function rewardsText(rewards: readonly WeightedReward[]): string {
  return rewards.map(({ scorer, weight }) => (weight === 1 ? scorer : `${scorer}=${weight}`)).join(", ");
}

/** Returns why a text of rewards cannot be sent; null if it can. */
export function rewardsError(text: string): string | null {
  const rewards = rewardsOf(text);
  if (rewards.length === 0) {
    return "must be given";
  }
  if (rewards.length > REWARDS_MAX) {
    return `must be at most ${REWARDS_MAX}`;
  }
  const isWeight = (weight: number | undefined): boolean => weight === undefined || Math.abs(weight) <= LARGEST_WEIGHT;
  return rewards.every(({ weight }) => isWeight(weight)) ? null : `must have weights of -${LARGEST_WEIGHT} to ${LARGEST_WEIGHT}`;
}
