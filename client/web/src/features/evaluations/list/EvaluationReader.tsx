import type { FragmentType } from "@apollo/client";
import { useFragment, useQuery } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { EvaluationRowFragment } from "../../../gql/graphql.ts";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";

export const EVALUATION_ROW = graphql(`
  fragment EvaluationRow on Evaluation {
    id
    uuid
    name
    status
    progress
    datasetKey
    scorer
    promptCount
    createdAt
    best: candidates(orderBy: [{ field: MEAN, direction: DESC }], first: 1) {
      totalCount
      edges {
        node {
          id
          name
          mean
        }
      }
    }
  }
`);

const ONE = graphql(`
  query EvaluationRow($id: ID!) {
    evaluation(id: $id) {
      id
      ...EvaluationRow
    }
  }
`);

const POLL_MS = 1500;

interface Props {
  of: FragmentType<EvaluationRowFragment>;
  children: (row: EvaluationRowFragment | undefined) => ReactNode;
}

/** Reads an evaluation's fields from the cache, and asks for them again while it is computed. */
export function EvaluationReader({ of, children }: Props): ReactNode {
  const { data, complete } = useFragment({ fragment: EVALUATION_ROW, from: of });
  const isDone = !complete || !isUnfinished(data);
  useQuery(ONE, { variables: { id: data.id ?? "" }, skip: isDone, pollInterval: POLL_MS, fetchPolicy: "network-only" });
  return children(complete ? data : undefined);
}
