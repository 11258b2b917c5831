import { useCallback, useMemo } from "react";
import { useUrlText } from "../url/useUrlState.ts";

/** A term of a list's `orderBy`. */
export interface OrderTerm<Field extends string = string> {
  field: Field;
  direction: "ASC" | "DESC";
}

/** Returns the order that a header's next click makes: ascending, descending, none. With `isAdded` other terms stay. */
export function nextOrder<Field extends string>(
  order: readonly OrderTerm<Field>[],
  field: Field,
  isAdded: boolean,
): OrderTerm<Field>[] {
  const present = order.find((term) => term.field === field);
  const kept = isAdded ? order : order.filter((term) => term.field === field);
  if (present === undefined) {
    return [...kept, { field, direction: "ASC" }];
  }
  if (present.direction === "ASC") {
    return kept.map((term) => (term.field === field ? { field, direction: "DESC" } : term));
  }
  return kept.filter((term) => term.field !== field);
}

/** Returns an order as addresses write it: `STEP_COUNT:desc,ID:asc`. */
export function orderText(order: readonly OrderTerm[]): string {
  return order.map(({ field, direction }) => `${field}:${direction.toLowerCase()}`).join(",");
}

/** Reads an order from an address; terms with unknown fields are left out. */
export function orderOf<Field extends string>(text: string, fields: readonly Field[]): OrderTerm<Field>[] {
  return text.split(",").flatMap((term) => {
    const [name, direction] = term.split(":");
    const field = fields.find((each) => each === name);
    return field === undefined ? [] : [{ field, direction: direction === "desc" ? "DESC" : "ASC" }];
  });
}

/** The order of a list as a part of the address (`order`), which may have other fields: they are left out when it is read. */
export function useUrlOrder<Field extends string>(
  fields: readonly Field[],
): [readonly OrderTerm<Field>[], (order: readonly OrderTerm[]) => void] {
  const [text, setText] = useUrlText("order");
  const order = useMemo(() => orderOf(text ?? "", fields), [text, fields]);
  const set = useCallback((next: readonly OrderTerm[]) => setText(orderText(next) || null), [setText]);
  return [order, set];
}
