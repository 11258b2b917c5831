import { useApolloClient } from "@apollo/client/react";
import { useMemo } from "react";
import { RUN_ROW } from "./RunReader.tsx";
import type { RunRef } from "./useRunList.ts";

/** Returns the names of the metrics of the first runs of a list, sorted. */
export function useMetricNames(rows: readonly RunRef[]): string[] {
  const { cache } = useApolloClient();
  return useMemo(() => {
    const found = rows.slice(0, MOST).flatMap((run) => {
      const row = cache.readFragment({
        fragment: RUN_ROW,
        fragmentName: "RunRow",
        from: { __typename: "Run", id: run.id },
        variables: { withNotes: false },
      });
      return row?.latestMetrics.map(({ name }) => name) ?? [];
    });
    return [...new Set(found)].toSorted();
  }, [cache, rows]);
}

const MOST = 100;
