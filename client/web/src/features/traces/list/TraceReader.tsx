import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { TraceRowFragment } from "../../../gql/graphql.ts";

export const TRACE_ROW = graphql(`
  fragment TraceRow on Trace {
    id
    uuid
    createdAt
    source
    externalId
    traceVersion
    stepCount
    charCount
    promptPreview
    finalAnswerPreview
    promptHash
    contentHash
    meta @include(if: $withMeta)
    latestScores @include(if: $withScores) {
      id
      scorer
      stepIndex
      score
    }
  }
`);

interface Props {
  of: FragmentType<TraceRowFragment>;
  children: (row: TraceRowFragment | undefined) => ReactNode;
}

type Reader = (props: Props) => ReactNode;

function readerOf(variables: { withMeta: boolean; withScores: boolean }): Reader {
  return function TraceReader({ of, children }) {
    const { data } = useFragment({ fragment: TRACE_ROW, from: of, variables });
    return children(isThere(data) ? data : undefined);
  };
}

/** Whether a trace is still in the cache; fields that were not selected when it was loaded may be missing. */
function isThere(data: { uuid?: string | undefined }): data is TraceRowFragment {
  return data.uuid !== undefined;
}

const READERS = [false, true].map((withMeta) => [false, true].map((withScores) => readerOf({ withMeta, withScores })));

/** Returns the component that reads a row's fields from the cache, with or without metadata and scores. */
export function traceReader(withMeta: boolean, withScores: boolean): Reader {
  return READERS[Number(withMeta)]?.[Number(withScores)] ?? readerOf({ withMeta, withScores });
}
