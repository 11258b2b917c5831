import { useQuery } from "@apollo/client/react";
import { Autocomplete, NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunMethod } from "../../../../gql/graphql.ts";

const BASE_MODELS = graphql(`
  query BaseModels {
    baseModels {
      modelId
    }
  }
`);

/** The values of the form of a manifest. Numbers that are being typed may be text. */
export interface ManifestForm {
  modelId: string;
  outputName: string;
  method: RunMethod;
  learningRate: number | string;
  numEpochs: number | string;
  batchSize: number | string;
  maxSeqLength: number | string;
}

/** The form as it opens: the schema's defaults. */
export const FIRST_FORM: ManifestForm = {
  modelId: "google/gemma-2b-it",
  outputName: "",
  method: "SFT",
  learningRate: 2e-5,
  numEpochs: 3,
  batchSize: 8,
  maxSeqLength: 2048,
};

/** The fields beside which a refusal can be shown. */
export const FIELDS = Object.keys(FIRST_FORM);

const NUMBERS = [
  { name: "learningRate", label: "Learning rate", min: 0, max: 1, step: 1e-5, allowDecimal: true },
  { name: "numEpochs", label: "Epochs", min: 1, max: 100, step: 1, allowDecimal: false },
  { name: "batchSize", label: "Batch size", min: 1, max: 512, step: 1, allowDecimal: false },
  { name: "maxSeqLength", label: "Maximum tokens of a record", min: 128, max: 32_768, step: 128, allowDecimal: false },
] as const;

interface Props {
  value: ManifestForm;
  onChange: (value: ManifestForm) => void;
  errors: Readonly<Record<string, string>>;
}

/** The fields of a training manifest: base model, output, method, and the most used parameters. */
export function ManifestFields({ value, onChange, errors }: Props): ReactElement {
  const { data } = useQuery(BASE_MODELS);
  const change = (part: Partial<ManifestForm>): void => onChange({ ...value, ...part });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
      <Autocomplete
        size="xs"
        label="Base model"
        data={[...new Set(data?.baseModels.map(({ modelId }) => modelId))]}
        value={value.modelId}
        error={errors["modelId"]}
        onChange={(modelId) => change({ modelId })}
      />
      <TextInput
        label="Output name"
        placeholder="Generated"
        value={value.outputName}
        error={errors["outputName"]}
        onChange={(event) => change({ outputName: event.currentTarget.value })}
      />
      <Select
        label="Method"
        data={[
          { value: "SFT", label: "All weights (SFT)" },
          { value: "LORA", label: "Adapters (LoRA)" },
        ]}
        value={value.method}
        allowDeselect={false}
        error={errors["method"]}
        onChange={(method) => change({ method: method === "LORA" ? "LORA" : "SFT" })}
      />
      {NUMBERS.map(({ name, ...field }) => (
        <NumberInput
          key={name}
          {...field}
          clampBehavior="none"
          value={value[name]}
          error={errors[name] ?? rangeError(field, value[name])}
          onChange={(next) => change({ [name]: next })}
        />
      ))}
    </SimpleGrid>
  );
}

/** Whether every number of the form is in its range. */
export function isComplete(form: ManifestForm): boolean {
  return form.modelId.trim() !== "" && NUMBERS.every((field) => rangeError(field, form[field.name]) === undefined);
}

function rangeError({ min, max }: { min: number; max: number }, value: number | string): string | undefined {
  const isAllowed = typeof value === "number" && value >= min && value <= max && value !== 0;
  return isAllowed ? undefined : `must be ${min === 0 ? "above 0" : `${min} or more`} and at most ${max}`;
}
