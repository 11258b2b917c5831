import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { MemberRowFragment } from "../../../../gql/graphql.ts";

const MEMBER = graphql(`
  fragment MemberRow on Trace {
    id
    uuid
    promptPreview
    finalAnswerPreview
    source
    externalId
    stepCount
    charCount
    createdAt
    latestScores {
      id
      scorer
      stepIndex
      score
    }
  }
`);

interface Props {
  of: FragmentType<MemberRowFragment>;
  children: (row: MemberRowFragment | undefined) => ReactNode;
}

/** Reads a member's fields from the cache. */
export function MemberReader({ of, children }: Props): ReactNode {
  const { data, complete } = useFragment({ fragment: MEMBER, from: of });
  return children(complete ? data : undefined);
}
