import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { CreateEvaluationInput } from "../../../gql/graphql.ts";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";

const CREATE = graphql(`
  mutation CreateEvaluation($input: CreateEvaluationInput!) {
    createEvaluation(input: $input) {
      evaluation {
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

const CANDIDATES = Array.from({ length: 20 }, (_, at) => `candidates.${at}`);
const SHOWN = ["name", "datasetId", "scorer", "samplesPerPrompt", ...CANDIDATES];

interface Creating {
  create: (input: CreateEvaluationInput) => void;
  loading: boolean;
  /** Messages by the paths of their fields. */
  errors: Readonly<Record<string, string>>;
  /** The errors that belong beside no field. */
  rest: readonly ShownError[];
}

/** Creates an evaluation, and goes to its page. */
export function useCreating(): Creating {
  const [mutate, { loading, error }] = useMutation(CREATE);
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf } = useIdempotencyKey();
  const navigate = useNavigate();
  const create = async (input: CreateEvaluationInput): Promise<void> => {
    const { data } = await mutate({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    setRefused(fieldErrors(data?.createEvaluation.errors ?? [], SHOWN));
    if (data?.createEvaluation.evaluation) {
      await navigate(`/evaluations/${data.createEvaluation.evaluation.uuid}`);
    }
  };
  return {
    // What it failed with is shown.
    create: (input) => void create(input).catch(() => {}),
    loading,
    errors: refused.fields,
    rest: error ? shownErrors(error) : shownUserErrors(refused.rest),
  };
}
