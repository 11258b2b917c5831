import { useQuery } from "@apollo/client/react";
import { Autocomplete, Button, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { useSearchParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { CreateEvaluationInput } from "../../../gql/graphql.ts";
import { policyOf } from "../../../shared/contamination/policies.ts";
import { PolicySelect } from "../../../shared/contamination/PolicySelect.tsx";
import { DatasetSelect } from "../../../shared/datasets/DatasetSelect.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { useStarting } from "../../../shared/jobs/useStarting.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { CandidateFields } from "./CandidateFields.tsx";
import { candidatesOf, inputOf, problemOf } from "./candidates.ts";
import { NumberFields } from "./NumberFields.tsx";
import { NO_NUMBERS, type Numbers, numbersInput } from "./numbers.ts";

const CHOICES = graphql(`
  query EvaluationChoices {
    baseModels {
      modelId
    }
    sources {
      source
    }
    scorers {
      name
    }
    scorersInUse {
      scorer
    }
  }
`);

const CREATE = graphql(`
  mutation CreateEvaluation($input: CreateEvaluationInput!) {
    payload: createEvaluation(input: $input) {
      job: evaluation {
        id
        uuid
      }
      warnings
      errors {
        code
        message
        path
      }
    }
  }
`);

const CANDIDATES = Array.from({ length: 20 }, (_, at) => `candidates.${at}`);
const SHOWN = ["name", "datasetId", "scorer", "samplesPerPrompt", "seed", "sampling", "contaminationPolicy", ...CANDIDATES];

interface Choices {
  scorers: readonly string[];
  sources: readonly string[];
  models: readonly string[];
}

/** The form of a new evaluation: dataset, scorer, and the candidates to compare. */
export function Component(): ReactElement {
  const [params] = useSearchParams();
  const { scorers, sources, models } = useChoices();
  const [name, setName] = useState(params.get("name") ?? "");
  const [dataset, setDataset] = useState(params.get("dataset") ?? "");
  const [scorer, setScorer] = useState(params.get("scorer") ?? "answer_match");
  const [numbers, setNumbers] = useState<Numbers>(NO_NUMBERS);
  const [candidates, setCandidates] = useState<ReturnType<typeof candidatesOf>>(() => candidatesOf(params.getAll("candidate")));
  const [policy, setPolicy] = useState("WARN");
  const [isChecked, setChecked] = useState(false);
  const { start, loading, errors, rest } = useStarting<CreateEvaluationInput>(CREATE, "/evaluations", SHOWN);
  const isAnswering = candidates.some(({ kind }) => kind === "answering");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setChecked(true);
    if (candidates.every((candidate) => problemOf(candidate) === undefined)) {
      const named = { name: name.trim(), datasetId: dataset, scorer: scorer.trim(), candidates: candidates.map(inputOf) };
      start({ ...named, ...numbersInput(numbers, isAnswering), contaminationPolicy: policyOf(policy) });
    }
  };
  return (
    <>
      <PageHeader title="New evaluation" />
      <form aria-label="New evaluation" onSubmit={submit} style={{ padding: "0 16px 32px", maxWidth: 820 }}>
        <Stack gap="md">
          <TextInput label="Name" required maxLength={128} value={name} error={errors["name"]} onChange={({ currentTarget }) => setName(currentTarget.value)} />
          <DatasetSelect label="Dataset" description="Its prompts are evaluated." value={dataset} onChange={setDataset} error={errors["datasetId"]} isRequired />
          <Autocomplete
            label="Scorer"
            inputWrapperOrder={["label", "input", "description", "error"]}
            description="Scores the answers that lack its score, or is any name that scores are stored under."
            data={[...scorers]}
            value={scorer}
            onChange={setScorer}
            error={errors["scorer"]}
            required
          />
          <CandidateFields
            candidates={candidates}
            onChange={(next) => setCandidates([...next])}
            suggestions={{ source: sources, answering: models }}
            errors={candidates.map((_, at) => errors[`candidates.${at}`])}
            isChecked={isChecked}
          />
          <NumberFields numbers={numbers} onChange={setNumbers} isAnswering={isAnswering} errors={errors} />
          <PolicySelect
            description="Evaluated prompts equal or similar to those that a candidate’s run was trained on"
            value={policy}
            onChange={setPolicy}
            error={errors["contaminationPolicy"]}
          />
          {rest.length > 0 && <ErrorNotice title="The evaluation was not created" errors={rest} />}
          <Group>
            <Button type="submit" loading={loading} disabled={name.trim() === "" || dataset === ""}>
              Evaluate
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}

function useChoices(): Choices {
  const { data } = useQuery(CHOICES);
  usePageQuery(CHOICES, {});
  const scorers = [...(data?.scorers ?? []).map(({ name }) => name), ...(data?.scorersInUse ?? []).map(({ scorer }) => scorer)];
  const models = (data?.baseModels ?? []).map(({ modelId }) => modelId);
  return { scorers: [...new Set(scorers)], sources: (data?.sources ?? []).flatMap(({ source }) => source ?? []), models: [...new Set(models)] };
}
