import { NativeSelect, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import classes from "./upload.module.css";

/** The mapping of a table's columns to fields. */
export interface TableOptions {
  columns: Readonly<Record<string, string>>;
  delimiter: string;
  splitSteps: string;
}

export const FIRST_TABLE_OPTIONS: TableOptions = { columns: {}, delimiter: ",", splitSteps: "lines" };

const FIELDS = [
  { name: "prompt", label: "Prompt" },
  { name: "final_answer", label: "Final answer" },
  { name: "steps", label: "Steps" },
  { name: "reference_answer", label: "Reference answer" },
  { name: "external_id", label: "External ID" },
];

interface Props {
  options: TableOptions;
  onChange: (options: TableOptions) => void;
  /** The names in the table's header; none if they are not known. */
  header: readonly string[];
  isCsv: boolean;
}

/** The column of a table for each field of a trace; a field without one takes the column of the same name. */
export function ColumnFields({ options, onChange, header, isCsv }: Props): ReactElement {
  const map = (field: string, column: string): void => onChange({ ...options, columns: { ...options.columns, [field]: column } });
  return (
    <fieldset className={classes.columns}>
      <legend>Columns</legend>
      <div className={classes.fields}>
        {FIELDS.map(({ name, label }) => {
          const value = options.columns[name] ?? "";
          return header.length > 0 ? (
            <NativeSelect
              key={name}
              size="xs"
              label={label}
              value={value}
              data={[{ value: "", label: `(${name})` }, ...header]}
              onChange={(event) => map(name, event.currentTarget.value)}
            />
          ) : (
            <TextInput key={name} label={label} placeholder={name} value={value} onChange={(event) => map(name, event.currentTarget.value)} />
          );
        })}
        <NativeSelect
          size="xs"
          label="Split steps by"
          value={options.splitSteps}
          data={["lines", "paragraphs", "json", { value: "none", label: "none: answers without steps" }]}
          onChange={(event) => onChange({ ...options, splitSteps: event.currentTarget.value })}
        />
        {isCsv && (
          <NativeSelect
            size="xs"
            label="Delimiter"
            value={options.delimiter}
            data={[
              { value: ",", label: "Comma" },
              { value: ";", label: "Semicolon" },
              { value: "\t", label: "Tab" },
              { value: "|", label: "Bar" },
            ]}
            onChange={(event) => onChange({ ...options, delimiter: event.currentTarget.value })}
          />
        )}
      </div>
    </fieldset>
  );
}
