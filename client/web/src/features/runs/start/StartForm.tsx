import { Select, TextInput } from "@mantine/core";
import { type ReactElement, useEffect, useRef } from "react";
import type { ModelChoiceFragment, TrainerNoticeFragment } from "../../../gql/graphql.ts";
import { DatasetSelect } from "../../../shared/datasets/DatasetSelect.tsx";
import { showFirstError } from "../../../shared/feedback/showFirstError.ts";
import { CheckPanel } from "./check/CheckPanel.tsx";
import { ModelInput } from "./ModelInput.tsx";
import { ParameterFields } from "./ParameterFields.tsx";
import { LORA, OPTIONAL, OUTPUT, TRAINING } from "./parameters.ts";
import classes from "./StartForm.module.css";
import { type StartFormState, useStartForm } from "./useStartForm.ts";
import type { FormValues } from "./values.ts";

const METHODS = [
  { value: "SFT", label: "All weights (SFT)" },
  { value: "LORA", label: "Low-rank adapters (LoRA)" },
];
const SCHEDULES = [
  { value: "CONSTANT", label: "Constant" },
  { value: "LINEAR", label: "Linear to 0" },
  { value: "COSINE", label: "Cosine to 0" },
];

interface Props {
  models: readonly ModelChoiceFragment[];
  tunix: TrainerNoticeFragment;
  /** What the form starts with. */
  base: FormValues;
}

/** The form that starts a run, with its dry run beside it. */
export function StartForm({ models, tunix, base }: Props): ReactElement {
  const form = useStartForm(base);
  const fields = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (form.failures > 0) {
      showFirstError(fields.current);
    }
  }, [form.failures]);
  return (
    <div className={classes.columns}>
      <form ref={fields} aria-label="Start a run" noValidate onSubmit={(event) => event.preventDefault()}>
        <ParameterFields legend="Data and model" columns={2} form={form} parameters={[]}>
          <DatasetSelect {...field(form, "datasetId")} label="Dataset" isRequired />
          <DatasetSelect {...field(form, "evalDatasetId")} label="Evaluation dataset" description="Nothing is evaluated without one" />
          <ModelInput {...field(form, "modelId")} models={models} />
          <Select
            {...field(form, "method")}
            label="Method"
            data={METHODS}
            allowDeselect={false}
            onChange={(method) => form.set("method", method ?? "SFT")}
          />
        </ParameterFields>
        <ParameterFields legend="Training" columns={3} form={form} parameters={[...TRAINING, ...OPTIONAL]}>
          <Select
            {...field(form, "schedule")}
            value={form.values["schedule"] || null}
            label="Learning rate schedule"
            description="After warmup"
            inputWrapperOrder={["label", "input", "description", "error"]}
            data={SCHEDULES}
            placeholder="Constant"
            clearable
            onChange={(schedule) => form.set("schedule", schedule ?? "")}
          />
        </ParameterFields>
        {form.values["method"] === "LORA" && (
          <ParameterFields legend="LoRA adapters" columns={3} form={form} parameters={LORA}>
            <Plain form={form} path="lora.modulePath" label="Modules" description="Regular expression" placeholder="all layers" />
          </ParameterFields>
        )}
        <ParameterFields legend="Checkpoints, devices and output" columns={3} form={form} parameters={OUTPUT}>
          <Plain form={form} path="outputName" label="Output name" description="Letters, digits and . _ -" placeholder="the run's id" />
          <Plain form={form} path="timeoutSeconds" label="Time limit" description="Seconds of one attempt" placeholder="the server's limit" />
        </ParameterFields>
      </form>
      <CheckPanel form={form} tunix={tunix} />
    </div>
  );
}

interface Field {
  value: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

function field(form: StartFormState, path: string): Field {
  return { value: form.values[path] ?? "", error: form.errorOf(path), onChange: (text) => form.set(path, text) };
}

interface PlainProps {
  form: StartFormState;
  path: string;
  label: string;
  description: string;
  placeholder: string;
}

function Plain({ form, path, ...labels }: PlainProps): ReactElement {
  const { value, error, onChange } = field(form, path);
  return (
    <TextInput
      {...labels}
      inputWrapperOrder={["label", "input", "description", "error"]}
      name={path}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
    />
  );
}
