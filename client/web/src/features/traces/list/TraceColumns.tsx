import { TextInput } from "@mantine/core";
import { type KeyboardEvent, type ReactElement, useState } from "react";
import { ColumnChooser } from "../../../shared/table/ColumnChooser.tsx";
import type { ColumnLayout } from "../../../shared/table/useColumns.ts";
import { columnOf, isMetaColumn, isScoreColumn, metaColumnId, OWN_COLUMNS, scoreColumnId } from "./columns.tsx";

/** Chooses among the fields of traces, the scorers' latest scores, and values of the metadata. */
export function TraceColumns({ layout, scorers }: { layout: ColumnLayout; scorers: readonly string[] }): ReactElement {
  const added = layout.shown.filter((id) => isMetaColumn(id) || isScoreColumn(id));
  const others = [...new Set([...scorers.map(scoreColumnId), ...added])].flatMap((id) => columnOf(id) ?? []);
  const add = (id: string): void => layout.show([...new Set([...layout.shown, id])]);
  return (
    <ColumnChooser columns={[...OWN_COLUMNS, ...others]} shown={layout.shown} onShow={layout.show}>
      <AddColumn label="Metadata path" placeholder="such as model.name" onAdd={(path) => add(metaColumnId(path.split(".")))} />
      <AddColumn label="Scores by" placeholder="scorer" onAdd={(scorer) => add(scoreColumnId(scorer))} />
    </ColumnChooser>
  );
}

interface AddProps {
  label: string;
  placeholder: string;
  onAdd: (text: string) => void;
}

function AddColumn({ label, placeholder, onAdd }: AddProps): ReactElement {
  const [text, setText] = useState("");
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && text.trim() !== "") {
      onAdd(text.trim());
      setText("");
    }
  };
  return (
    <TextInput
      label={label}
      placeholder={`${placeholder}, then Enter`}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
