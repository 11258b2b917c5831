import { Button, Group, Text, Textarea } from "@mantine/core";
import { IconFileText, IconX } from "@tabler/icons-react";
import { type DragEvent, type ReactElement, useRef, useState } from "react";
import { bytes } from "../../../shared/format/numbers.ts";
import { type Content, fileContent } from "./content.ts";
import { EXAMPLE } from "./example.ts";
import classes from "./upload.module.css";

interface Props {
  content: Content;
  onChange: (content: Content) => void;
  isBusy: boolean;
}

/** The place to drop a file on, to choose one, or to paste a text into. */
export function ContentInput({ content, onChange, isBusy }: Props): ReactElement {
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const newest = useRef<File>(undefined);
  const change = (next: Content): void => {
    newest.current = undefined;
    onChange(next);
  };
  const take = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) {
      newest.current = file;
      const read = await fileContent(file);
      if (newest.current === file) {
        change(read);
      }
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    // Users who cannot drop a file choose one by the button.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      aria-label="Traces to upload"
      className={classes.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {content.kind === "file" ? (
        <ChosenFile file={content.file} onRemove={() => change({ kind: "text", text: "" })} />
      ) : (
        <Textarea
          aria-label="Traces as text"
          placeholder="Paste traces here, or drop a file: JSON lines, a JSON list, CSV, Parquet, plain or gzip"
          autosize
          minRows={8}
          maxRows={18}
          spellCheck={false}
          disabled={isBusy}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={content.text}
          onChange={(event) => change({ kind: "text", text: event.currentTarget.value })}
        />
      )}
      <Group gap="xs" mt="xs">
        <Button variant="default" disabled={isBusy} onClick={() => picker.current?.click()}>
          Choose a file
        </Button>
        <Button variant="subtle" disabled={isBusy} onClick={() => change({ kind: "text", text: EXAMPLE })}>
          Load example
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="File"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </Group>
    </section>
  );
}

function ChosenFile({ file, onRemove }: { file: File; onRemove: () => void }): ReactElement {
  return (
    <Group gap="sm" className={classes.file} wrap="nowrap">
      <IconFileText size={20} stroke={1.5} aria-hidden />
      <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
        {file.name}
      </Text>
      <Text size="xs" c="dimmed">
        {bytes(file.size)}
      </Text>
      <Button variant="subtle" color="gray" size="compact-xs" ml="auto" leftSection={<IconX size={12} />} onClick={onRemove}>
        Remove
      </Button>
    </Group>
  );
}
