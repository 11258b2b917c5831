import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactNode } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { RunRowFragment } from "../../../gql/graphql.ts";

export const RUN_ROW = graphql(`
  fragment RunRow on Run {
    id
    uuid
    createdAt
    mode
    tags
    notes @include(if: $withNotes)
    ...RunConfiguration @unmask
    ...ChangedRun @unmask
    outputName
  }
`);

interface Props {
  of: FragmentType<RunRowFragment>;
  children: (row: RunRowFragment | undefined) => ReactNode;
}

type Reader = (props: Props) => ReactNode;

function readerOf(withNotes: boolean): Reader {
  return function RunReader({ of, children }) {
    const { data } = useFragment({ fragment: RUN_ROW, fragmentName: "RunRow", from: of, variables: { withNotes } });
    return children(isThere(data) ? data : undefined);
  };
}

/** Whether a run is still in the cache; fields that were not selected when it was loaded may be missing. */
function isThere(data: { uuid?: string | undefined }): data is RunRowFragment {
  return data.uuid !== undefined;
}

const [BARE, NOTED] = [readerOf(false), readerOf(true)];

/** Returns the component that reads a row's fields from the cache, with or without its notes. */
export function runReader(withNotes: boolean): Reader {
  return withNotes ? NOTED : BARE;
}
