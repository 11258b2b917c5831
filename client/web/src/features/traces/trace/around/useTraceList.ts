import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { TraceOrderField, TraceWhere } from "../../../../gql/graphql.ts";
import { orderOf } from "../../../../shared/table/order.ts";
import type { TraceList } from "./adjacentTraces.ts";

const ORDER_FIELDS: readonly TraceOrderField[] = ["CREATED_AT", "STEP_COUNT", "CHAR_COUNT", "SOURCE", "EXTERNAL_ID", "ID"];

/** The list that one came from, by the address (`where` and `order`, as the page of traces has them); all traces without. */
export function useTraceList(): { list: TraceList; search: string } {
  const [params] = useSearchParams();
  const [where, order] = [params.get("where"), params.get("order")];
  return useMemo(() => {
    const orderBy = orderOf(order ?? "", ORDER_FIELDS);
    const kept = new URLSearchParams([...params].filter(([name]) => ["where", "order", "view"].includes(name)));
    return {
      list: { where: whereOf(where), orderBy: orderBy.length > 0 ? orderBy : null },
      search: kept.size > 0 ? `?${kept}` : "",
    };
  }, [where, order, params]);
}

function whereOf(text: string | null): TraceWhere | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
