import { Autocomplete, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { ModelChoiceFragment } from "../../../gql/graphql.ts";
import { bytes, whole } from "../../../shared/format/numbers.ts";

/** A base model that is available without a network. */
export const MODEL_CHOICE = graphql(`
  fragment ModelChoice on BaseModel {
    modelId
    source
    family
    parameterCount
    byteSize
    problem
  }
`);

interface Props {
  models: readonly ModelChoiceFragment[];
  value: string;
  onChange: (modelId: string) => void;
  error: string | undefined;
}

/** Chooses a base model: an available one, or any Hugging Face id. */
export function ModelInput({ models, value, onChange, error }: Props): ReactElement {
  const chosen = models.find(({ modelId }) => modelId === value);
  const described = new Map(models.map((model) => [model.modelId, modelText(model)]));
  return (
    <Autocomplete
      label="Base model"
      description={chosen ? modelText(chosen) : "One of the list, or a Hugging Face id such as Qwen/Qwen3-0.6B, which is downloaded"}
      inputWrapperOrder={["label", "input", "description", "error"]}
      size="xs"
      data={models.map(({ modelId }) => modelId)}
      value={value}
      onChange={onChange}
      renderOption={({ option }) => (
        <div>
          <Text size="sm">{option.value}</Text>
          <Text size="xs" c="dimmed">
            {described.get(option.value)}
          </Text>
        </div>
      )}
      error={error ?? chosen?.problem}
      withAsterisk
      autoComplete="off"
      spellCheck={false}
    />
  );
}

/** Returns what to know of a model before it is chosen. */
export function modelText({ source, family, parameterCount, byteSize }: ModelChoiceFragment): string {
  if (source === "TINY_RANDOM") {
    return "Small, with random weights: trains in a minute, for trying things out";
  }
  const parts = [
    family,
    parameterCount !== null && `${whole(parameterCount)} parameters`,
    byteSize !== null && bytes(byteSize),
    "in the models folder",
  ];
  return parts.filter((part) => typeof part === "string").join(" · ");
}
