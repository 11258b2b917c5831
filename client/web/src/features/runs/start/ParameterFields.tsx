import { TextInput } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { type Parameter, rangeText } from "./parameters.ts";
import classes from "./StartForm.module.css";
import type { StartFormState } from "./useStartForm.ts";

interface Props {
  legend: string;
  form: StartFormState;
  parameters: readonly Parameter[];
  /** The columns where there is room for them. */
  columns: 2 | 3;
  /** Fields that are not numbers, before the parameters. */
  first?: ReactNode;
  /** Fields that are not numbers, after the parameters. */
  children?: ReactNode;
}

/** A part of the form: a heading, and its fields in columns. */
export function ParameterFields({ legend, form, parameters, columns, first, children }: Props): ReactElement {
  return (
    <fieldset className={classes.part}>
      <legend className={classes.legend}>{legend}</legend>
      <div className={classes.fields} data-columns={columns}>
        {first}
        {parameters.map((parameter) => (
          <ParameterField key={parameter.path} parameter={parameter} form={form} />
        ))}
        {children}
      </div>
    </fieldset>
  );
}

function ParameterField({ parameter, form }: { parameter: Parameter; form: StartFormState }): ReactElement {
  const { path, label, isWhole, otherwise } = parameter;
  return (
    <TextInput
      label={label}
      description={rangeText(parameter)}
      inputWrapperOrder={["label", "input", "description", "error"]}
      inputMode={isWhole ? "numeric" : "decimal"}
      placeholder={otherwise}
      name={path}
      value={form.values[path] ?? ""}
      onChange={(event) => form.set(path, event.currentTarget.value)}
      error={form.errorOf(path)}
      autoComplete="off"
    />
  );
}
