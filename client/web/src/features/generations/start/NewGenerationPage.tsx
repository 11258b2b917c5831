import { useQuery } from "@apollo/client/react";
import { Autocomplete, Button, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { useSearchParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { StartGenerationInput, TraceWhere } from "../../../gql/graphql.ts";
import { DatasetSelect } from "../../../shared/datasets/DatasetSelect.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { labelsError } from "../../../shared/jobs/labels.ts";
import { useStarting } from "../../../shared/jobs/useStarting.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { TEMPLATES, templateNamed } from "../../../shared/templates/templates.ts";
import { inputOf, NUMBERS, type Values } from "./values.ts";

const CHOICES = graphql(`
  query GenerationChoices {
    baseModels {
      modelId
    }
    scorers {
      name
    }
  }
`);

const START = graphql(`
  mutation StartGeneration($input: StartGenerationInput!) {
    payload: startGeneration(input: $input) {
      job: generation {
        id
        uuid
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const SHOWN = ["modelId", "datasetId", "template", "systemInstruction", "scorers", "labels", ...NUMBERS.map(({ name }) => name)];

/** The form that lets a model answer prompts. */
export function Component(): ReactElement {
  const [params] = useSearchParams();
  const [where] = useUrlWhere(TRACE_SHAPE);
  const { data } = useQuery(CHOICES);
  usePageQuery(CHOICES, {});
  const isFiltered = Object.keys(where).length > 0;
  const [values, setValues] = useState<Values>(() => ({
    modelId: params.get("model") ?? "",
    datasetId: params.get("dataset") ?? "",
    where: isFiltered ? (where as TraceWhere) : null,
    numbers: {},
    template: null,
    systemInstruction: "",
    scorers: ["answer_match"],
    labels: "",
  }));
  const change = (next: Partial<Values>): void => setValues({ ...values, ...next });
  const { start, loading, errors, rest } = useStarting<StartGenerationInput>(START, "/generations", SHOWN);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start(inputOf(values));
  };
  const isWhole = values.modelId.trim() !== "" && (values.where !== null || values.datasetId !== "");
  const wrongLabels = labelsError(values.labels);
  return (
    <>
      <PageHeader title="Generate answers" />
      <form aria-label="Generate answers" onSubmit={submit} style={{ padding: "0 16px 32px", maxWidth: 820 }}>
        <Stack gap="md">
          <Autocomplete
            label="Model"
            description="One of the list, such as run:NAME for the model of a run, or a Hugging Face id, which is downloaded."
            inputWrapperOrder={["label", "input", "description", "error"]}
            data={(data?.baseModels ?? []).map(({ modelId }) => modelId)}
            value={values.modelId}
            onChange={(modelId) => change({ modelId })}
            error={errors["modelId"]}
            required
          />
          {values.where === null ? (
            <DatasetSelect label="Dataset" description="Its prompts are answered." value={values.datasetId} onChange={(datasetId) => change({ datasetId })} error={errors["datasetId"]} isRequired />
          ) : (
            <Text size="sm">The prompts of the filtered traces are answered.</Text>
          )}
          <SimpleGrid cols={{ base: 2, sm: 4 }} verticalSpacing="md">
            {NUMBERS.map(({ name, label, hint }) => (
              <NumberInput
                key={name}
                label={label}
                placeholder={hint}
                value={values.numbers[name] ?? ""}
                onChange={(value) => change({ numbers: { ...values.numbers, [name]: value } })}
                error={errors[name]}
              />
            ))}
            <Select
              label="Template"
              placeholder="as trained"
              data={[...TEMPLATES]}
              value={values.template}
              onChange={(value) => change({ template: templateNamed(value ?? "") ?? null })}
              clearable
              error={errors["template"]}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="md">
            <MultiSelect
              label="Graded by"
              size="xs"
              data={[...new Set([...(data?.scorers ?? []).map(({ name }) => name), ...values.scorers])]}
              value={[...values.scorers]}
              onChange={(scorers) => change({ scorers })}
              error={errors["scorers"]}
            />
            <TextInput
              label="Labels"
              description="Of the worker that takes it, separated by commas"
              inputWrapperOrder={["label", "input", "description", "error"]}
              placeholder="any worker"
              value={values.labels}
              onChange={({ currentTarget }) => change({ labels: currentTarget.value })}
              error={wrongLabels ?? errors["labels"]}
            />
          </SimpleGrid>
          <Textarea
            label="System instruction"
            autosize
            minRows={2}
            maxRows={8}
            value={values.systemInstruction}
            onChange={({ currentTarget }) => change({ systemInstruction: currentTarget.value })}
            error={errors["systemInstruction"]}
          />
          {rest.length > 0 && <ErrorNotice title="The generation was not started" errors={rest} />}
          <Group>
            <Button type="submit" loading={loading} disabled={!isWhole || wrongLabels !== null}>
              Generate
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}
