import { useMemo } from "react";
import { useScorersInUse } from "../../../shared/scores/useScorersInUse.ts";
import { scoreColumnId } from "./columns.tsx";

/** Scorers that have a column at first; others can be chosen. */
const SCORERS_SHOWN = 4;

/** The columns that are shown until others are chosen: on a narrow screen the scores stay in sight, and the date does not. */
export function useUsualColumns(): { usual: readonly string[]; scorers: readonly string[] } {
  const { names } = useScorersInUse();
  return useMemo(() => {
    const scorers = names ?? [];
    const scores = scorers.slice(0, SCORERS_SHOWN).map(scoreColumnId);
    return { usual: ["prompt", "answer", ...scores, "source", "steps", "characters", "created"], scorers };
  }, [names]);
}
