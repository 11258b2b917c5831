import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { StartGenerationInput } from "../../../gql/graphql.ts";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";
import { NUMBERS } from "./values.ts";

const START = graphql(`
  mutation StartGeneration($input: StartGenerationInput!) {
    startGeneration(input: $input) {
      generation {
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

const SHOWN = ["modelId", "datasetId", "template", "systemInstruction", "scorers", ...NUMBERS.map(({ name }) => name)];

interface Starting {
  start: (input: StartGenerationInput) => void;
  loading: boolean;
  /** Messages by the paths of their fields. */
  errors: Readonly<Record<string, string>>;
  /** The errors that belong beside no field. */
  rest: readonly ShownError[];
}

/** Starts a generation, and goes to its page. */
export function useStarting(): Starting {
  const [mutate, { loading, error }] = useMutation(START);
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf } = useIdempotencyKey();
  const navigate = useNavigate();
  const start = async (input: StartGenerationInput): Promise<void> => {
    const { data } = await mutate({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    setRefused(fieldErrors(data?.startGeneration.errors ?? [], SHOWN));
    if (data?.startGeneration.generation) {
      await navigate(`/generations/${data.startGeneration.generation.uuid}`);
    }
  };
  return {
    // What it failed with is shown.
    start: (input) => void start(input).catch(() => {}),
    loading,
    errors: refused.fields,
    rest: error ? shownErrors(error) : shownUserErrors(refused.rest),
  };
}
