import type { FragmentType } from "@apollo/client";
import { useFragment, useQuery } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { GenerationRowFragment } from "../../../gql/graphql.ts";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";

export const GENERATION_ROW = graphql(`
  fragment GenerationRow on Generation {
    id
    uuid
    status
    progress
    modelId
    checkpointStep
    dataset {
      id
      key
    }
    promptCount
    samplesPerPrompt
    answerCount
    malformedCount
    tokenCount
    createdAt
  }
`);

const ONE = graphql(`
  query GenerationRow($id: ID!) {
    generation(id: $id) {
      id
      ...GenerationRow
    }
  }
`);

const POLL_MS = 1500;

interface Props {
  of: FragmentType<GenerationRowFragment>;
  children: (row: GenerationRowFragment | undefined) => ReactNode;
}

/** Reads a generation's fields from the cache, and asks for them again while it is running. */
export function GenerationReader({ of, children }: Props): ReactNode {
  const { data, complete } = useFragment({ fragment: GENERATION_ROW, from: of });
  const isDone = !complete || !isUnfinished(data);
  useQuery(ONE, { variables: { id: data.id ?? "" }, skip: isDone, pollInterval: POLL_MS, fetchPolicy: "network-only" });
  return children(complete ? data : undefined);
}
