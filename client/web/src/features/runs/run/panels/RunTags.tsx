import type { FragmentType } from "@apollo/client";
import { useFragment, useMutation } from "@apollo/client/react";
import { TagsInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
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
  const [update] = useMutation(UPDATE_RUN);
  const [problem, setProblem] = useState<string | null>(null);
  if (!complete) {
    return null;
  }
  const { id } = data;
  const change = async (tags: string[]): Promise<void> => {
    try {
      const { data: result } = await update({ variables: { input: { id, tags } } });
      setProblem(result?.updateRun.errors[0]?.message ?? null);
    } catch (error) {
      setProblem(shownErrors(error)[0]?.message ?? null);
    }
  };
  return (
    <Section title="Tags">
      <TagsInput
        aria-label="Tags"
        placeholder={data.tags.length === 0 ? "Add a tag" : ""}
        value={[...data.tags]}
        maxTags={TAGS_MAX}
        error={problem}
        onChange={(tags) => void change(tags)}
      />
    </Section>
  );
}
