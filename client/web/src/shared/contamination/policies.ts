import type { ContaminationPolicy } from "../../gql/graphql.ts";

/** The reactions to contamination, the usual one first. */
export const POLICIES: readonly { value: ContaminationPolicy; label: string }[] = [
  { value: "WARN", label: "Warn" },
  { value: "REFUSE", label: "Refuse to start" },
  { value: "OFF", label: "Do not compare" },
];

/** Returns the reaction to contamination; undefined for the usual one, a warning. */
export function policyOf(text: string): ContaminationPolicy | undefined {
  return text === "REFUSE" || text === "OFF" ? text : undefined;
}
