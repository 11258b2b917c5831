import { useMutation } from "@apollo/client/react";
import { Button, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { useSearchParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { CreateDatasetInput } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors } from "../../../shared/feedback/fieldErrors.ts";
import type { Where } from "../../../shared/filter/model/clauses.ts";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { TraceFilterBar } from "../../../shared/filter/TraceFilterBar.tsx";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { useNavigateLater } from "../../../shared/url/useNavigateLater.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";
import classes from "./Builder.module.css";
import { keyOf, NameFields, type NameForm } from "./NameFields.tsx";
import { Preview } from "./Preview.tsx";
import { choiceText, orderOf, type RecipeForm, recipeInput, recipeOf, recipeParams } from "../recipe.ts";
import { RecipeFields } from "./RecipeFields.tsx";

const CREATE = graphql(`
  mutation CreateDataset($input: CreateDatasetInput!) {
    createDataset(input: $input) {
      dataset {
        id
        key
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const SHOWN = ["name", "version", "where", "strategy", "seed", "limit", "orderBy", "parentDatasetId", "sessionId", "trainingRunId"];

/** The form that builds a dataset: filter and recipe with a live preview, and a name. */
export function Component(): ReactElement {
  const [params, setParams] = useSearchParams();
  const [where, setWhere] = useUrlWhere(TRACE_SHAPE);
  const recipe = recipeOf(params);
  const [named, setNamed] = useState<NameForm>(() => firstName(params));
  const { submit, refused, errors, isBusy } = useCreation();
  const setRecipe = (next: RecipeForm): void => setParams((current) => withParams(current, recipeParams(next)), { replace: true });
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void submit(inputOf(where, recipe, named)).catch(() => {});
  };
  const isNamed = named.name.trim() !== "" && named.version.trim() !== "";
  return (
    <>
      <PageHeader title="New dataset" />
      <TraceFilterBar where={where} onChange={setWhere} />
      {refused["where"] !== undefined && (
        <Text size="xs" px="md" pb="sm" role="alert" c="var(--mantine-color-error)">
          {refused["where"]}
        </Text>
      )}
      <div className={classes.columns}>
        <form onSubmit={onSubmit} aria-label="New dataset">
          <Stack gap="lg">
            <NameFields value={named} onChange={setNamed} errors={refused} />
            <RecipeFields value={recipe} onChange={setRecipe} errors={refused} />
            {errors.length > 0 && <ErrorNotice title="The dataset was not created" errors={errors} />}
            <Group gap="sm">
              <Button type="submit" loading={isBusy} disabled={!isNamed}>
                Create dataset
              </Button>
              <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {isNamed ? keyOf(named.name, named.version) : "Needs a name and a version"}
              </Text>
            </Group>
          </Stack>
        </form>
        <Preview where={where} orderBy={orderOf(recipe)} choice={(matching) => choiceText(recipe, matching)} />
      </div>
    </>
  );
}

function useCreation(): {
  submit: (input: CreateDatasetInput) => Promise<void>;
  refused: Readonly<Record<string, string>>;
  errors: ReturnType<typeof shownErrors>;
  isBusy: boolean;
} {
  const navigateLater = useNavigateLater();
  const { keyOf: idempotencyKeyOf } = useIdempotencyKey();
  const [create, { data, error, loading }] = useMutation(CREATE, {
    update: (cache) => void cache.evict({ id: "ROOT_QUERY", fieldName: "datasets" }),
  });
  const refused = fieldErrors(data?.createDataset.errors ?? [], SHOWN);
  return {
    submit: async (input) => {
      const navigate = navigateLater();
      const result = await create({ variables: { input: { ...input, idempotencyKey: idempotencyKeyOf(input) } } });
      const made = result.data?.createDataset.dataset;
      if (made) {
        await navigate(`/datasets/${made.key}`);
      }
    },
    refused: refused.fields,
    errors: error ? shownErrors(error) : shownUserErrors(refused.rest),
    isBusy: loading,
  };
}

function firstName(params: URLSearchParams): NameForm {
  return {
    name: params.get("name") ?? "",
    version: params.get("version") ?? "1",
    parent: params.get("parent") ?? "",
    sessionId: "",
    trainingRunId: "",
  };
}

function withParams(current: URLSearchParams, values: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(current);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") {
      next.delete(name);
    } else {
      next.set(name, value);
    }
  }
  return next;
}

function inputOf(where: Where, recipe: RecipeForm, named: NameForm): CreateDatasetInput {
  const { name, version, parent, sessionId, trainingRunId } = named;
  return {
    name: name.trim(),
    version: version.trim(),
    where,
    ...recipeInput(recipe),
    ...(parent !== "" && { parentDatasetId: parent }),
    ...(sessionId.trim() !== "" && { sessionId: sessionId.trim() }),
    ...(trainingRunId.trim() !== "" && { trainingRunId: trainingRunId.trim() }),
  };
}
