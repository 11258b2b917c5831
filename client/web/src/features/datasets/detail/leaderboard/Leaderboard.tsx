import { useQuery } from "@apollo/client/react";
import { Box, Button } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { LeaderboardQuery } from "../../../../gql/graphql.ts";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../../shared/feedback/Stale.tsx";
import { IntervalTable } from "../../../../shared/intervals/IntervalTable.tsx";
import { ScorerSelect } from "../../../../shared/scores/ScorerSelect.tsx";
import { Section } from "../../../../shared/section/Section.tsx";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";

const SCORERS = graphql(`
  query LeaderboardScorers($dataset: String!) {
    evaluations(where: { datasetKey: { eq: $dataset }, status: { eq: COMPLETED } }, first: 100) {
      edges {
        node {
          id
          scorer
        }
      }
    }
  }
`);

const LEADERBOARD = graphql(`
  query Leaderboard($dataset: ID!, $scorer: String!) {
    leaderboard(datasetId: $dataset, scorer: $scorer) {
      entries {
        bestRank
        worstRank
        candidate {
          id
          uuid
          name
          mean
          low
          high
          answerCount
          evaluation {
            id
            uuid
            name
          }
        }
      }
      groups {
        candidateUuids
      }
    }
  }
`);

type Entry = LeaderboardQuery["leaderboard"]["entries"][number];
type Row = Entry["candidate"] & Pick<Entry, "bestRank" | "worstRank">;

const COLUMNS = [
  { header: "Rank", cell: ({ bestRank, worstRank }: Row) => (bestRank === worstRank ? bestRank : `${bestRank} – ${worstRank}`) },
  { header: "Answers", cell: ({ answerCount }: Row) => answerCount.toLocaleString("en") },
];

/** The candidates of all evaluations of a dataset by one scorer; those that do not differ significantly share their ranks. */
export function Leaderboard({ datasetKey }: { datasetKey: string }): ReactElement {
  const [chosen, setScorer] = useUrlText("scorer");
  const found = useQuery(SCORERS, { variables: { dataset: datasetKey }, fetchPolicy: "cache-and-network" });
  const names = useMemo(() => [...new Set((found.data?.evaluations.edges ?? []).map(({ node }) => node.scorer))], [found.data]);
  const scorer = chosen ?? names[0];
  const variables = { dataset: datasetKey, scorer: scorer ?? "" };
  const { data, previousData, error, refetch } = useQuery(LEADERBOARD, { variables, skip: scorer === undefined, fetchPolicy: "cache-and-network" });
  const shown = (data ?? previousData)?.leaderboard;
  const failure = error ?? found.error;
  if (failure) {
    return <ErrorNotice title="The leaderboard could not be loaded" errors={shownErrors(failure)} onRetry={() => void (error ? refetch() : found.refetch())} />;
  }
  if (found.data !== undefined && scorer === undefined) {
    return <NoEvaluation datasetKey={datasetKey} />;
  }
  return shown === undefined ? (
    <RowSkeletons />
  ) : (
    <Section
      title="Leaderboard"
      about="The candidates of all evaluations of this dataset, each as it was evaluated last. A bracket holds candidates together that do not differ significantly: their order is not a ranking."
    >
      <Box mb="sm">
        <ScorerSelect names={names} value={scorer ?? null} onChange={(next) => setScorer(next, { push: true })} />
      </Box>
      <Stale isStale={data === undefined}>
        <IntervalTable
          label="Leaderboard"
          rows={shown.entries.map(({ candidate, bestRank, worstRank }): Row => ({ ...candidate, bestRank, worstRank }))}
          groups={shown.groups.map(({ candidateUuids }) => candidateUuids)}
          columns={COLUMNS}
          name={nameOf}
        />
      </Stale>
    </Section>
  );
}

function nameOf({ name, evaluation }: Row): ReactElement {
  return (
    <Link to={`/evaluations/${evaluation.uuid}`} title={`Evaluated in ${evaluation.name}`}>
      {name}
    </Link>
  );
}

function NoEvaluation({ datasetKey }: { datasetKey: string }): ReactElement {
  return (
    <EmptyState
      title="Nothing was evaluated on this dataset yet"
      actions={
        <Button component={Link} to={`/evaluations/new?${new URLSearchParams({ dataset: datasetKey })}`}>
          New evaluation
        </Button>
      }
    >
      An evaluation compares answers to the prompts of the dataset; its candidates are ranked here.
    </EmptyState>
  );
}
