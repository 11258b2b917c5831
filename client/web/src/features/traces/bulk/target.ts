import type { TraceOrderField, TraceWhere } from "../../../gql/graphql.ts";
import { numberOf } from "../../../shared/format/numbers.ts";
import { type OrderTerm, orderText } from "../../../shared/table/order.ts";

/** The traces that an action is about: some by id, or all that match a filter. */
export type Target =
  | { kind: "ids"; ids: readonly string[] }
  | { kind: "matching"; where: TraceWhere; orderBy: readonly OrderTerm<TraceOrderField>[]; count: number };

/** Ids that a mutation takes at once. */
export const IDS_MAX = 1000;

/** Returns how many traces a target has. */
export function countOf(target: Target): number {
  return target.kind === "ids" ? target.ids.length : target.count;
}

/** Returns a number of traces in words. */
export function tracesText(count: number): string {
  return numberOf(count, "trace");
}

/** Returns the parts of a target that a mutation takes at once. */
export function portions(target: Target): ({ ids: string[] } | { where: TraceWhere })[] {
  if (target.kind === "matching") {
    return [{ where: target.where }];
  }
  const starts = Array.from({ length: Math.ceil(target.ids.length / IDS_MAX) }, (_, index) => index * IDS_MAX);
  return starts.map((start) => ({ ids: target.ids.slice(start, start + IDS_MAX) }));
}

/** Returns the filter that selects a target. */
export function whereOf(target: Target): TraceWhere {
  return target.kind === "ids" ? { id: { in: [...target.ids] } } : target.where;
}

/** Returns the address of the form that makes a dataset of the traces of a filter, in the order of their list. */
export function recipeAddress(where: TraceWhere, orderBy: readonly OrderTerm[]): string {
  const order = orderText(orderBy.slice(0, 1));
  return `/datasets/new?${new URLSearchParams({ where: JSON.stringify(where), ...(order !== "" && { order }) })}`;
}
