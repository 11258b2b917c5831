import { useQuery } from "@apollo/client/react";
import { Skeleton } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetDistributionsQuery } from "../../../../gql/graphql.ts";
import { binsOf } from "../../../../shared/chart/bins.ts";
import { Histogram } from "../../../../shared/chart/Histogram.tsx";
import { Delayed } from "../../../../shared/feedback/Delayed.tsx";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import classes from "./Overview.module.css";

const DISTRIBUTIONS = graphql(`
  query DatasetDistributions($where: TraceWhere) {
    traceDistributions(where: $where) {
      stepCount {
        count
        bins {
          low
          high
          count
        }
      }
      charCount {
        count
        bins {
          low
          high
          count
        }
      }
      scores {
        scorer
        histogram {
          count
          bins {
            low
            high
            count
          }
        }
      }
    }
  }
`);

type Distributions = DatasetDistributionsQuery["traceDistributions"];

/** The distributions of steps, characters and the latest scores over the members, as charts. */
export function Distributions({ datasetKey }: { datasetKey: string }): ReactElement {
  const variables = useMemo(() => ({ where: { datasets: { some: { key: { eq: datasetKey } } } } }), [datasetKey]);
  const { data, error, refetch } = useQuery(DISTRIBUTIONS, { variables, fetchPolicy: "cache-and-network" });
  return (
    <Section title="Distributions">
      {error && <ErrorNotice title="The distributions could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      {!error && <div className={classes.charts}>{data ? <Charts of={data.traceDistributions} /> : <Waiting />}</div>}
    </Section>
  );
}

function Charts({ of }: { of: Distributions }): ReactElement {
  return (
    <>
      <Histogram title="Steps" xLabel="Steps of a trace" bins={binsOf(of.stepCount.bins, true)} />
      <Histogram title="Characters" xLabel="Characters of a trace" bins={binsOf(of.charCount.bins, true)} />
      {of.scores.map(({ scorer, histogram }) => (
        <Histogram key={scorer} title={`Score by ${scorer}`} xLabel="Score" bins={binsOf(histogram.bins, false)} />
      ))}
    </>
  );
}

function Waiting(): ReactElement {
  return (
    <Delayed>
      <Skeleton height={136} />
      <Skeleton height={136} />
    </Delayed>
  );
}
