import { useQuery } from "@apollo/client/react";
import { Select } from "@mantine/core";
import type { ReactElement } from "react";
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
  const names = data?.scorersInUse.map(({ scorer }) => scorer) ?? (error === undefined ? undefined : []);
  return { names, usual: names?.find((name) => name === USUAL) ?? names?.[0] ?? null };
}

interface Props {
  names: readonly string[];
  value: string | null;
  onChange: (scorer: string | null) => void;
}

/** Chooses the scorer whose scores grade the traces. */
export function ScorerSelect({ names, value, onChange }: Props): ReactElement {
  const data = value === null || names.includes(value) ? names : [value, ...names];
  return <Select aria-label="Graded by" leftSectionWidth={72} leftSection={<span style={{ fontSize: "var(--mantine-font-size-xs)", color: "var(--mantine-color-dimmed)" }}>Graded by</span>} data={[...data]} value={value} onChange={onChange} allowDeselect={false} placeholder="no scorer" w={240} searchable />;
}
