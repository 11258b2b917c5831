import type { FragmentType } from "@apollo/client";
import { useFragment, useQuery } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { DatasetRowFragment } from "../../../gql/graphql.ts";

export const DATASET_ROW = graphql(`
  fragment DatasetRow on Dataset {
    id
    key
    name
    version
    status
    progress
    traceCount
    createdAt
    sha256
    sessionId
    trainingRunId
    parent {
      id
      key
    }
    stats {
      sourceCount
    }
  }
`);

const ONE = graphql(`
  query DatasetRow($id: ID!) {
    dataset(id: $id) {
      id
      ...DatasetRow
    }
  }
`);

const POLL_MS = 1500;

interface Props {
  of: FragmentType<DatasetRowFragment>;
  children: (row: DatasetRowFragment | undefined) => ReactNode;
}

/** Reads a dataset's fields from the cache, and asks for them again while it is being built. */
export function DatasetReader({ of, children }: Props): ReactNode {
  const { data, complete } = useFragment({ fragment: DATASET_ROW, from: of });
  const isBuilt = !complete || (data.status !== "PENDING" && data.status !== "RUNNING");
  useQuery(ONE, { variables: { id: data.id ?? "" }, skip: isBuilt, pollInterval: POLL_MS, fetchPolicy: "network-only" });
  return children(complete ? data : undefined);
}
