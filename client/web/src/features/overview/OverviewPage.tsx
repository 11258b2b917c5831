import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import type { OverviewQuery } from "../../gql/graphql.ts";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../shared/feedback/RowSkeletons.tsx";
import { usePolled } from "../../shared/live/usePolled.ts";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { usePageQuery } from "../../shared/query/PageQuery.tsx";
import { type Count, Counts } from "./Counts.tsx";
import { HealthStrip } from "./health/HealthStrip.tsx";
import { LatestRuns } from "./lists/LatestRuns.tsx";
import { LatestTraces } from "./lists/LatestTraces.tsx";
import classes from "./lists/lists.module.css";
import { Workers } from "./lists/Workers.tsx";
import { StartHere } from "./StartHere.tsx";

// `and: []` restricts nothing: it keeps these short lists apart from those of the other pages in the cache.
const OVERVIEW = graphql(`
  query Overview {
    traces(where: { and: [] }, first: 8) {
      totalCount
      edges {
        node {
          id
          ...OverviewTrace
        }
      }
    }
    samples: traces(where: { source: { startsWith: "sample/" } }, first: 1) {
      edges {
        node {
          id
        }
      }
    }
    scores(where: { and: [] }, first: 1) {
      totalCount
    }
    datasets(where: { and: [] }, first: 1) {
      totalCount
    }
    exports(where: { and: [] }, first: 1) {
      totalCount
    }
    running: runs(where: { status: { in: [PENDING, RUNNING] } }, first: 8) {
      edges {
        node {
          id
          ...OverviewRun
        }
      }
    }
    runs(where: { and: [] }, first: 8) {
      totalCount
      edges {
        node {
          id
          ...OverviewRun
        }
      }
    }
    workers {
      uuid
      host
      labels
      remote
      kinds
      startedAt
    }
  }
`);

const SHOWN = 8;

/** The first page: the server's health, the stored objects, and the jobs in progress. */
export function Component(): ReactElement {
  const { data, error, refetch } = usePolled(OVERVIEW);
  usePageQuery(OVERVIEW);
  return (
    <>
      <PageHeader title="Overview" />
      <HealthStrip />
      {error !== undefined && (
        <ErrorNotice title="The latest figures could not be loaded" errors={shownErrors(error)} onRetry={refetch} isInset />
      )}
      {data === undefined ? error === undefined && <RowSkeletons /> : <Figures data={data} refetch={refetch} />}
    </>
  );
}

function Figures({ data, refetch }: { data: OverviewQuery; refetch: () => void }): ReactElement {
  const { traces, samples, datasets, runs } = data;
  return (
    <>
      <Counts counts={countsOf(data)} />
      {runs.totalCount === 0 && (
        <StartHere traces={traces.totalCount} hasSamples={samples.edges.length > 0} datasets={datasets.totalCount} onChange={refetch} />
      )}
      <div className={classes.columns}>
        {runs.totalCount > 0 && <LatestRuns runs={latestRuns(data)} />}
        {traces.totalCount > 0 && <LatestTraces traces={traces.edges.map(({ node }) => ({ id: node.id, trace: node }))} />}
      </div>
      <Workers workers={data.workers} />
    </>
  );
}

function countsOf({ traces, scores, datasets, exports, runs }: OverviewQuery): Count[] {
  return [
    { noun: "trace", value: traces.totalCount, to: "/traces" },
    { noun: "score", value: scores.totalCount, to: null },
    { noun: "dataset", value: datasets.totalCount, to: "/datasets" },
    { noun: "export", value: exports.totalCount, to: null },
    { noun: "run", value: runs.totalCount, to: "/runs" },
  ];
}

/** The runs in progress first, then the newest ones that are finished. */
function latestRuns({ running, runs }: OverviewQuery): { id: string; run: OverviewQuery["runs"]["edges"][number]["node"] }[] {
  const byId = new Map([...running.edges, ...runs.edges].map(({ node }) => [node.id, node]));
  return [...byId].slice(0, SHOWN).map(([id, run]) => ({ id, run }));
}
