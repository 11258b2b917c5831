import { useQuery } from "@apollo/client/react";
import { useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import { scoreColumnId } from "./columns.tsx";

const SCORERS_IN_USE = graphql(`
  query ScorersInUse {
    scorersInUse {
      scorer
    }
  }
`);

/** Scorers that have a column at first; others can be chosen. */
const SCORERS_SHOWN = 4;

/** The columns that are shown until others are chosen: on a narrow screen the scores stay in sight, and the date does not. */
export function useUsualColumns(): { usual: readonly string[]; scorers: readonly string[] } {
  const { data } = useQuery(SCORERS_IN_USE);
  return useMemo(() => {
    const scorers = data?.scorersInUse.map(({ scorer }) => scorer) ?? [];
    const scores = scorers.slice(0, SCORERS_SHOWN).map(scoreColumnId);
    return { usual: ["prompt", "answer", ...scores, "source", "steps", "characters", "created"], scorers };
  }, [data]);
}
