import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetsOfTraceFragment } from "../../../../gql/graphql.ts";
import { numberOf, whole } from "../../../../shared/format/numbers.ts";
import { StatusBadge } from "../../../../shared/format/StatusBadge.tsx";
import { runName } from "../../../../shared/runName.ts";
import { AsideSection } from "./AsideSection.tsx";
import classes from "./Details.module.css";

const DATASETS_OF_TRACE = graphql(`
  fragment DatasetsOfTrace on Trace {
    id
    datasets(first: 20) {
      totalCount
      edges {
        node {
          id
          key
          traceCount
          runs(first: 5) {
            totalCount
            edges {
              node {
                id
                uuid
                outputName
                status
              }
            }
          }
        }
      }
    }
  }
`);

type Dataset = DatasetsOfTraceFragment["datasets"]["edges"][number]["node"];

/** The datasets that contain a trace, with the runs that were trained on them. */
export function DatasetsOfTrace({ trace }: { trace: FragmentType<DatasetsOfTraceFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: DATASETS_OF_TRACE, from: trace });
  if (!complete) {
    return null;
  }
  const { edges, totalCount } = data.datasets;
  return (
    <AsideSection title="Datasets and runs">
      {edges.length === 0 ? (
        <Text size="xs" c="dimmed">
          The trace is in no dataset.
        </Text>
      ) : (
        <ul className={classes.links}>
          {edges.map(({ node }) => (
            <DatasetLinks key={node.id} dataset={node} />
          ))}
        </ul>
      )}
      <Left count={totalCount - edges.length} of="datasets" />
    </AsideSection>
  );
}

function DatasetLinks({ dataset }: { dataset: Dataset }): ReactElement {
  const { edges, totalCount } = dataset.runs;
  return (
    <>
      <li>
        <Link to={`/datasets/${encodeURIComponent(dataset.key)}`}>{dataset.key}</Link>
        <Text size="xs" c="dimmed" component="span" style={{ whiteSpace: "nowrap" }}>
          {numberOf(dataset.traceCount, "trace")}
        </Text>
      </li>
      {edges.map(({ node }) => (
        <li key={node.id} className={classes.nested}>
          <Link to={`/runs/${node.uuid}`}>{runName(node)}</Link>
          <StatusBadge status={node.status} />
        </li>
      ))}
      {totalCount > edges.length && (
        <li className={classes.nested}>
          <Left count={totalCount - edges.length} of="runs" />
        </li>
      )}
    </>
  );
}

function Left({ count, of }: { count: number; of: string }): ReactElement | null {
  return count <= 0 ? null : (
    <Text size="xs" c="dimmed" component="span">
      and {whole(count)} more {of}
    </Text>
  );
}
