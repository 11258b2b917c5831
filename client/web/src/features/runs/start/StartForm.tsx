import { Select, TextInput } from "@mantine/core";
import { type ReactElement, useEffect, useRef } from "react";
import type { ModelChoiceFragment, TrainerNoticeFragment } from "../../../gql/graphql.ts";
import { PolicySelect } from "../../../shared/contamination/PolicySelect.tsx";
import { DatasetSelect } from "../../../shared/datasets/DatasetSelect.tsx";
import { showFirstError } from "../../../shared/feedback/showFirstError.ts";
import { TemplateFields } from "../../../shared/templates/TemplateFields.tsx";
import { CheckPanel } from "./check/CheckPanel.tsx";
import { ModelInput } from "./ModelInput.tsx";
import { ParameterFields } from "./ParameterFields.tsx";
import { LORA, OPTIONAL, OUTPUT, type Parameter, RESOURCES, TRAINING } from "./parameters.ts";
import classes from "./StartForm.module.css";
import { PreferenceFields } from "./PreferenceFields.tsx";
import { RewardFields } from "./RewardFields.tsx";
import { type FormValues, hasAdapters, hasPairs, hasRewards, isUsed } from "./texts.ts";
import { field, type StartFormState, useStartForm } from "./useStartForm.ts";

const METHODS = [
  { value: "SFT", label: "All weights (SFT)" },
  { value: "LORA", label: "Low-rank adapters (LoRA)" },
  { value: "DPO", label: "Preference pairs (DPO)" },
  { value: "GRPO", label: "Rewards (GRPO)" },
];
const SCHEDULES = [
  { value: "CONSTANT", label: "Constant" },
  { value: "LINEAR", label: "Linear to 0" },
  { value: "COSINE", label: "Cosine to 0" },
];

const ENGINES = [
  { value: "LOCAL", label: "A worker" },
  { value: "RAY", label: "A Ray cluster" },
  { value: "SLURM", label: "A Slurm cluster" },
];

interface Props {
  models: readonly ModelChoiceFragment[];
  tunix: TrainerNoticeFragment;
  /** The initial values of the form. */
  base: FormValues;
}

/** The form that starts a run, with its dry run beside it. */
export function StartForm({ models, tunix, base }: Props): ReactElement {
  const form = useStartForm(base);
  const fields = useRef<HTMLFormElement>(null);
  const usedOf = (parameters: readonly Parameter[]): Parameter[] => parameters.filter(({ path }) => isUsed(form.values, path));
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
          {isUsed(form.values, "evalDatasetId") && (
            <DatasetSelect {...field(form, "evalDatasetId")} label="Evaluation dataset" description="Nothing is evaluated without one" />
          )}
          <ModelInput {...field(form, "modelId")} models={models} />
          <Select
            {...field(form, "method")}
            label="Method"
            data={METHODS}
            allowDeselect={false}
            onChange={(method) => form.set("method", method ?? "SFT")}
          />
          <PolicySelect {...field(form, "contaminationPolicy")} description="Training prompts equal or similar to evaluation prompts, or protected" />
          <TemplateFields
            template={form.values["template"] ?? ""}
            custom={form.values["customTemplate"] ?? ""}
            onTemplate={(template) => form.set("template", template)}
            onCustom={(text) => form.set("customTemplate", text)}
            errors={{ template: form.errorOf("template"), customTemplate: form.errorOf("customTemplate") }}
          />
        </ParameterFields>
        {hasPairs(form.values) && <PreferenceFields form={form} />}
        {hasRewards(form.values) && <RewardFields form={form} />}
        <ParameterFields legend="Training" columns={3} form={form} parameters={usedOf([...TRAINING, ...OPTIONAL])}>
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
        {hasAdapters(form.values) && (
          <ParameterFields legend="LoRA adapters" columns={3} form={form} parameters={LORA}>
            <Plain form={form} path="lora.modulePath" label="Modules" description="Regular expression" placeholder="all layers" />
          </ParameterFields>
        )}
        <ParameterFields legend="Checkpoints, devices and output" columns={3} form={form} parameters={usedOf(OUTPUT)}>
          <Plain form={form} path="outputName" label="Output name" description="Letters, digits and . _ -" placeholder="the run's id" />
          <Plain form={form} path="timeoutSeconds" label="Time limit" description="Seconds of one attempt" placeholder="the server's limit" />
        </ParameterFields>
        <ParameterFields
          legend="Where it is trained"
          columns={3}
          form={form}
          parameters={usedOf(RESOURCES)}
          first={
            <>
              <Select
                {...field(form, "engine")}
                label="Engine"
                data={ENGINES}
                allowDeselect={false}
                onChange={(engine) => form.set("engine", engine ?? "LOCAL")}
              />
              <Plain form={form} path="labels" label="Labels" description="Of its worker, with commas" placeholder="any worker" />
            </>
          }
        />
      </form>
      <CheckPanel form={form} tunix={tunix} />
    </div>
  );
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
