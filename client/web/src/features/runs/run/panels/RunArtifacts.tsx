import type { FragmentType } from "@apollo/client";
import { useApolloClient, useFragment } from "@apollo/client/react";
import { Anchor, Code, Table, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunArtifactKind, RunArtifactsFragment } from "../../../../gql/graphql.ts";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { bytes } from "../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { runName } from "../../../../shared/runName.ts";
import { fetchFile } from "./fetchFile.ts";
import { ModelArchiveButton } from "./ModelArchiveButton.tsx";
import classes from "./Panels.module.css";

const RUN_ARTIFACTS = graphql(`
  fragment RunArtifacts on Run {
    id
    uuid
    outputName
    modelArchiveUrl
    artifacts(first: 500) {
      edges {
        node {
          id
          name
          kind
          step
          byteSize
          sha256
          createdAt
          downloadUrl
        }
      }
      totalCount
    }
  }
`);

/** A fresh address of a file: those of the page expire after an hour. */
const ARTIFACT_URL = graphql(`
  query ArtifactUrl($id: ID!) {
    node(id: $id) {
      id
      ... on RunArtifact {
        downloadUrl
      }
    }
  }
`);

type Artifact = RunArtifactsFragment["artifacts"]["edges"][number]["node"];

const KINDS: Record<RunArtifactKind, string> = {
  MANIFEST: "Manifest",
  LOG: "Log",
  EVENTS: "Events",
  WEIGHTS: "Weights",
  ADAPTER: "Adapter",
  TOKENIZER: "Tokenizer",
  CONFIG: "Model configuration",
  CARD: "Model card",
  CHECKPOINT: "Checkpoint",
  OTHER: "Other",
};

/** The files and checkpoints of a run. */
export function RunArtifacts({ run }: { run: FragmentType<RunArtifactsFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_ARTIFACTS, from: run });
  if (!complete) {
    return null;
  }
  const { edges, totalCount } = data.artifacts;
  if (edges.length === 0) {
    return <EmptyState title="No files">The run's files are listed when an attempt has finished.</EmptyState>;
  }
  return (
    <section aria-label="Files" className={classes.files}>
      {data.modelArchiveUrl !== null && <ModelArchiveButton runId={data.id} fileName={`${runName(data).replace(" ", "-")}.zip`} />}
      <Table fz="sm" verticalSpacing={5} highlightOnHover aria-label="Files of the run">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th ta="right">Size</Table.Th>
            <Table.Th>SHA-256</Table.Th>
            <Table.Th>Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {inOrder(edges).map((node) => (
            <Row key={node.id} artifact={node} />
          ))}
        </Table.Tbody>
      </Table>
      {totalCount > edges.length && (
        <Text size="sm" c="dimmed">
          The first {edges.length} of {totalCount}.
        </Text>
      )}
    </section>
  );
}

/** Returns files by name, with step 50 before step 100. */
function inOrder(edges: readonly { node: Artifact }[]): Artifact[] {
  return edges.map(({ node }) => node).toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

function Row({ artifact: { id, name, kind, step, byteSize, sha256, createdAt, downloadUrl } }: { artifact: Artifact }): ReactElement {
  const client = useApolloClient();
  const fresh = async (): Promise<string | null | undefined> => {
    const { data } = await client.query({ query: ARTIFACT_URL, variables: { id }, fetchPolicy: "network-only" });
    return data?.node && "downloadUrl" in data.node ? data.node.downloadUrl : null;
  };
  const fileName = name.slice(name.lastIndexOf("/") + 1);
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere", minWidth: 160 }}>
        {downloadUrl === null ? (
          name
        ) : (
          <Anchor component="button" size="sm" ta="left" onClick={() => void fetchFile(fileName, fresh)} title={`Download ${name}`}>
            {name}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        {KINDS[kind]}
        {step !== null && ` at step ${step}`}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {bytes(byteSize)}
      </Table.Td>
      <Table.Td>{sha256 && <Code title={sha256}>{sha256.slice(0, 12)}</Code>}</Table.Td>
      <Table.Td>
        <RelativeTime at={createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}
