import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetLineageFragment } from "../../../../gql/graphql.ts";
import { numberOf, whole } from "../../../../shared/format/numbers.ts";
import { runName } from "../../../../shared/runName.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import { type LineageBox, LineagePicture } from "./LineagePicture.tsx";

const LINEAGE = graphql(`
  fragment DatasetLineage on Dataset {
    id
    key
    status
    traceCount
    parent {
      id
      key
      status
      traceCount
    }
    children(first: 20) {
      edges {
        node {
          id
          key
          status
          traceCount
        }
      }
      totalCount
    }
    runs(first: 20) {
      edges {
        node {
          id
          uuid
          status
          mode
          outputName
          modelId
        }
      }
      totalCount
    }
    evalRuns(first: 20) {
      edges {
        node {
          id
          uuid
          status
          mode
          outputName
          modelId
        }
      }
      totalCount
    }
  }
`);

type Run = DatasetLineageFragment["runs"]["edges"][number]["node"];
type Dataset = Pick<DatasetLineageFragment, "id" | "key" | "status" | "traceCount">;

/** The lineage of a dataset, as a picture: the datasets it comes from, and the datasets and runs made of it. */
export function Lineage({ from }: { from: FragmentType<DatasetLineageFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: LINEAGE, from });
  if (!complete) {
    return null;
  }
  const { parent, children, runs, evalRuns } = data;
  const boxes = [
    ...(parent ? [datasetBox(parent, -1, "Parent")] : []),
    datasetBox(data, 0, "This dataset"),
    ...children.edges.map(({ node }) => datasetBox(node, 1, "Dataset")),
    ...runs.edges.map(({ node }) => runBox(node, node.mode === "DRY_RUN" ? "Dry run" : "Run")),
    ...evalRuns.edges.map(({ node }) => runBox(node, "Evaluated run")),
  ];
  const unseen = [children, runs, evalRuns].reduce((sum, { edges, totalCount }) => sum + totalCount - edges.length, 0);
  return (
    <Section title="Lineage" about="The dataset that this one is derived from, those derived from it, and the runs that train or are evaluated on it.">
      <LineagePicture boxes={boxes} />
      {unseen > 0 && (
        <Text size="xs" c="dimmed" mt="sm">
          {whole(unseen)} older ones are not drawn.
        </Text>
      )}
      {boxes.length === 1 && (
        <Text size="sm" c="dimmed" mt="sm">
          Nothing is derived from this dataset, and no run uses it yet.
        </Text>
      )}
    </Section>
  );
}

function datasetBox({ id, key, status, traceCount }: Dataset, column: LineageBox["column"], kind: string): LineageBox {
  const count = numberOf(traceCount, "member");
  return { id, column, kind, name: key, detail: count, status, link: `/datasets/${key}` };
}

function runBox({ id, uuid, status, outputName, modelId }: Run, kind: string): LineageBox {
  return { id: `${kind} ${id}`, column: 1, kind, name: runName({ outputName, uuid }), detail: modelId, status, link: `/runs/${uuid}` };
}
