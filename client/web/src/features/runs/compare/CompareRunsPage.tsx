import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { useQuery } from "@apollo/client/react";
import { Button, Group } from "@mantine/core";
import { type ReactElement, useMemo, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../shared/feedback/Stale.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { isUnfinished, usePollingWhile } from "../../../shared/live/usePollingWhile.ts";
import { AddRun } from "./AddRun.tsx";
import { ComparisonTable } from "./ComparisonTable.tsx";
import { idsOf, MOST_RUNS } from "./comparison.ts";
import { MissingRuns } from "./MissingRuns.tsx";
import { MetricCharts } from "./MetricCharts.tsx";
import { RunRemoval } from "./RunRemoval.tsx";
import { useMissingRuns } from "./useMissingRuns.ts";

const COMPARE_RUNS = graphql(`
  query CompareRuns($ids: [ID!]!) {
    compareRuns(ids: $ids) {
      runs {
        id
        uuid
        outputName
        status
        ...ComparedRun @unmask
      }
      differences {
        field
        values
      }
      metrics(maxPoints: 1000) {
        name
        series {
          steps
          values
          kinds
        }
      }
    }
  }
`);

const POLL_MS = 5000;

/** The page that compares runs: settings that differ, last values of metrics, and curves. The leftmost is the baseline. */
export function Component(): ReactElement {
  const [text, setText] = useUrlText("ids");
  const asked = useMemo(() => idsOf(text), [text]);
  const [missing, setMissing] = useState<readonly string[]>([]);
  const ids = useMemo(() => asked.filter((id) => !missing.includes(id)), [asked, missing]);
  const setIds = (next: readonly string[]): void => setText(next.join(","), { push: true });
  const isEnough = ids.length > 1;
  const query = useQuery(COMPARE_RUNS, {
    variables: { ids },
    skip: !isEnough,
    fetchPolicy: "cache-and-network",
    skipPollAttempt: () => document.hidden,
  });
  const { data, previousData, error, refetch } = query;
  // What is on the screen stays while the server is unreachable, but not when it refuses these runs.
  const shown = CombinedGraphQLErrors.is(error) ? undefined : (data ?? previousData)?.compareRuns;
  usePollingWhile(shown?.runs.some(isUnfinished) ?? false, POLL_MS, query);
  usePageQuery(COMPARE_RUNS, { ids });
  useMissingRuns(ids, error, (gone) => setMissing([...missing, ...gone]));
  const deleted = asked.filter((id) => missing.includes(id));
  return (
    <>
      <PageHeader title="Compare runs">
        {ids.length < MOST_RUNS && <AddRun taken={ids} onAdd={(id) => setIds([...ids, id])} />}
      </PageHeader>
      {deleted.length > 0 && <MissingRuns ids={deleted} onLeaveOut={() => setIds(ids)} />}
      {!isEnough && <TooFew />}
      {isEnough && error && (
        <Group px="md" pb="md" align="start" gap="md">
          <ErrorNotice title="The runs could not be compared" errors={shownErrors(error)} onRetry={() => void refetch()} />
          {!shown && <RunRemoval ids={ids} onChange={setIds} />}
        </Group>
      )}
      {isEnough && !shown && !error && <RowSkeletons />}
      {isEnough && shown && (
        <Stale isStale={data === undefined}>
          <ComparisonTable runs={shown.runs} differences={shown.differences} metrics={shown.metrics} onChange={setIds} />
          <MetricCharts runs={shown.runs} metrics={shown.metrics} />
        </Stale>
      )}
    </>
  );
}

function TooFew(): ReactElement {
  return (
    <EmptyState
      title="Choose at least two runs"
      actions={
        <Button component={Link} to="/runs" variant="default">
          Select them in the list
        </Button>
      }
    >
      Add runs above, or tick up to {MOST_RUNS} in the list of runs. The first is the baseline of the others.
    </EmptyState>
  );
}
