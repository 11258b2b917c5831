import type { FragmentType } from "@apollo/client";
import { useFragment, useMutation } from "@apollo/client/react";
import { Button, Group, Text, Textarea } from "@mantine/core";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunNotesFragment } from "../../../../gql/graphql.ts";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { Markdown } from "../../../../shared/markdown/Markdown.tsx";
import { UPDATE_RUN } from "../head/mutations.ts";
import { Section } from "./Section.tsx";

const RUN_NOTES = graphql(`
  fragment RunNotes on Run {
    id
    notes
  }
`);

/** A run's notes: Markdown, and the field in which it is written. */
export function RunNotes({ run }: { run: FragmentType<RunNotesFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_NOTES, from: run });
  const [isEdited, setEdited] = useState(false);
  if (!complete) {
    return null;
  }
  const notes = data.notes ?? "";
  const edit = (
    <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setEdited(true)}>
      Edit
    </Button>
  );
  return (
    <Section title="Notes" tools={!isEdited && edit}>
      {isEdited ? <Editor id={data.id} notes={notes} onClose={() => setEdited(false)} /> : <Shown notes={notes} />}
    </Section>
  );
}

function Shown({ notes }: { notes: string }): ReactElement {
  return notes === "" ? (
    <Text size="sm" c="dimmed">
      What did you want to find out, and what did you learn?
    </Text>
  ) : (
    <Markdown text={notes} />
  );
}

function Editor({ id, notes, onClose }: { id: string; notes: string; onClose: () => void }): ReactElement {
  const [text, setText] = useState(notes);
  const typed = useRef(notes);
  const field = useRef<HTMLTextAreaElement>(null);
  // The button that opened it, which had the focus, is gone: what is typed would be keys of the page.
  useEffect(() => field.current?.focus(), []);
  const [problem, setProblem] = useState<string | null>(null);
  const [update, { loading }] = useMutation(UPDATE_RUN);
  const write = (next: string): void => {
    typed.current = next;
    setText(next);
  };
  const save = async (): Promise<void> => {
    try {
      const { data } = await update({ variables: { input: { id, notes: text } } });
      const message = data?.updateRun.errors[0]?.message;
      setProblem(message ?? null);
      // What was written while these notes were on their way is not stored yet.
      if (message === undefined && typed.current === text) {
        onClose();
      }
    } catch (error) {
      setProblem(shownErrors(error)[0]?.message ?? null);
    }
  };
  return (
    <>
      <Textarea ref={field} aria-label="Notes in Markdown" autosize minRows={4} maxRows={20} value={text} error={problem} onChange={(event) => write(event.currentTarget.value)} />
      <Group gap="xs" mt="xs">
        <Button loading={loading} onClick={() => void save()}>
          Save
        </Button>
        <Button variant="default" onClick={onClose}>
          Discard
        </Button>
      </Group>
    </>
  );
}
