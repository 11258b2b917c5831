import type { KeyScope } from "../../gql/graphql.ts";

/** The scopes with what each permits, in the order in which they are offered. */
export const SCOPES: readonly { scope: KeyScope; label: string; permits: string }[] = [
  { scope: "READ", label: "Read", permits: "everything but keys and the audit log" },
  { scope: "WRITE", label: "Write", permits: "also create and delete traces, scores, datasets, exports, views, rubrics and protected sets" },
  { scope: "RUN", label: "Run", permits: "also start, change and delete runs, generations and evaluations" },
  { scope: "ADMIN", label: "Admin", permits: "everything, API keys and the audit log included" },
];

/** Whether a scope that is chosen includes another one. */
export function isIncluded(scope: KeyScope, chosen: readonly KeyScope[]): boolean {
  return chosen.some((each) => each !== scope && (each === "ADMIN" || scope === "READ"));
}

/** Returns scopes as a table shows them: "write, run". */
export function scopesText(scopes: readonly KeyScope[]): string {
  return scopes.map((scope) => scope.toLowerCase()).join(", ");
}
