import type { FragmentType } from "@apollo/client";
import { useFragment, useMutation } from "@apollo/client/react";
import { TagsInput } from "@mantine/core";
import { type ReactElement, useRef, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunTagsFragment } from "../../../../gql/graphql.ts";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { UPDATE_RUN } from "../head/mutations.ts";
import { Section } from "./Section.tsx";

const RUN_TAGS = graphql(`
  fragment RunTags on Run {
    id
    tags
  }
`);
const TAGS_MAX = 20;

/** A run's tags, which are stored as they are changed. */
export function RunTags({ run }: { run: FragmentType<RunTagsFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_TAGS, from: run });
  return complete ? <Tags id={data.id} stored={data.tags} /> : null;
}

function Tags({ id, stored }: { id: string; stored: readonly string[] }): ReactElement {
  const { waiting, problem, change } = useStoredTags(id);
  const tags = waiting ?? stored;
  return (
    <Section title="Tags">
      <TagsInput aria-label="Tags" placeholder={tags.length === 0 ? "Add a tag" : ""} value={[...tags]} maxTags={TAGS_MAX} error={problem} onChange={change} />
    </Section>
  );
}

interface StoredTags {
  /** The tags that are on their way to the server; null if there are none. */
  waiting: readonly string[] | null;
  /** Why the last ones were not stored. */
  problem: string | null;
  change: (tags: string[]) => void;
}

/** Stores tags one change after the other, so that the newest are stored last; those in between need not be. */
function useStoredTags(id: string): StoredTags {
  const [update] = useMutation(UPDATE_RUN);
  const [waiting, setWaiting] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const newest = useRef<readonly string[]>(null);
  const line = useRef(Promise.resolve());
  const store = async (tags: string[]): Promise<void> => {
    if (newest.current !== tags) {
      return;
    }
    const message = await update({ variables: { input: { id, tags } } }).then(
      ({ data }) => data?.updateRun.errors[0]?.message,
      (error: unknown) => shownErrors(error)[0]?.message,
    );
    if (newest.current === tags) {
      setProblem(message ?? null);
      setWaiting(null);
    }
  };
  const change = (tags: string[]): void => {
    newest.current = tags;
    setWaiting(tags);
    line.current = line.current.then(() => store(tags));
  };
  return { waiting, problem, change };
}
