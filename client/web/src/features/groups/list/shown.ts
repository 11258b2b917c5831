import type { TraceGroupWhere } from "../../../gql/graphql.ts";

/** A choice of groups by how many of their traces are right. */
export interface Shown {
  value: string;
  label: string;
  having: TraceGroupWhere;
}

const SEVERAL: TraceGroupWhere = { size: { gte: 2 } };

/** The choices, the usual one first. */
export const CHOICES: readonly [Shown, ...Shown[]] = [
  { value: "several", label: "Several answers", having: SEVERAL },
  { value: "mixed", label: "Right and wrong", having: { ...SEVERAL, passRate: { gt: 0, lt: 1 } } },
  { value: "none", label: "None right", having: { ...SEVERAL, passRate: { eq: 0 } } },
  { value: "all", label: "All right", having: { ...SEVERAL, passRate: { eq: 1 } } },
  { value: "any", label: "Any size", having: {} },
];

/** Returns the choice of a value; the usual one if there is no such choice. */
export function shownOf(value: string | null): Shown {
  return CHOICES.find((choice) => choice.value === value) ?? CHOICES[0];
}
