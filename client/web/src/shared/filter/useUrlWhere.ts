import { useCallback, useMemo } from "react";
import type { Json } from "../json.ts";
import { useUrlJson, useUrlText } from "../url/useUrlState.ts";
import { isObject, readWhere, type Where } from "./model/clauses.ts";
import type { FilterShape } from "./model/shapes.ts";

const EVERYTHING: Where = {};

/** The filter of a page as a part of its address (`where`, as JSON); an invalid filter counts as absent. */
export function useUrlWhere(shape: FilterShape): [Where, (where: Where) => void] {
  const accept = useCallback((value: Json): value is Where => isWhere(value, shape), [shape]);
  const [where, setWhere] = useUrlJson("where", accept);
  const set = useCallback(
    (next: Where) => setWhere(Object.keys(next).length === 0 ? null : next, { push: true }),
    [setWhere],
  );
  return [where ?? EVERYTHING, set];
}

/** Whether the address has a filter that cannot be read, so that the page is not filtered by it. */
export function useIsWhereUnread(shape: FilterShape): boolean {
  const [text] = useUrlText("where");
  return useMemo(() => {
    try {
      return text !== null && !isWhere(JSON.parse(text) as Json, shape);
    } catch {
      return true;
    }
  }, [text, shape]);
}

/** Whether a value is a filter of a shape. */
export function isWhere(value: Json, shape: FilterShape): value is Where {
  try {
    readWhere(value, shape);
    return isObject(value);
  } catch {
    return false;
  }
}
