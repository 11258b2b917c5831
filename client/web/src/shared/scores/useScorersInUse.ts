import { useQuery } from "@apollo/client/react";
import { useMemo } from "react";
import { graphql } from "../../gql/gql.ts";

const SCORERS_IN_USE = graphql(`
  query ScorersInUse {
    scorersInUse {
      scorer
    }
  }
`);

/** The scorer that grades where none is chosen. */
const USUAL = "answer_match";

interface Scorers {
  /** The names of the scorers of which scores are stored; undefined until they are known. */
  names: readonly string[] | undefined;
  /** The scorer that grades where none is chosen; null if nothing has a score. */
  usual: string | null;
}

/** The scorers that have stored scores. */
export function useScorersInUse(): Scorers {
  const { data, error } = useQuery(SCORERS_IN_USE, { fetchPolicy: "cache-and-network" });
  const isRefused = error !== undefined;
  const names = useMemo(() => data?.scorersInUse.map(({ scorer }) => scorer) ?? (isRefused ? [] : undefined), [data, isRefused]);
  return { names, usual: names?.find((name) => name === USUAL) ?? names?.[0] ?? null };
}
