import type { PairRule } from "../../gql/graphql.ts";

/** The rules by which the answers to one prompt are paired. */
export const PAIR_RULES: readonly { value: PairRule; label: string; about: string }[] = [
  { value: "BEST_WORST", label: "Best with worst", about: "No answer is in two pairs" },
  { value: "ALL", label: "Each with each worse", about: "An answer can be in several pairs" },
];

/** Returns the rule that has this name; the usual one if none has. */
export function pairRuleNamed(name: string | null | undefined): PairRule {
  return PAIR_RULES.find(({ value }) => value === name)?.value ?? "BEST_WORST";
}
