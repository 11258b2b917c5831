import type { OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { type ShownError, shownErrors, shownUserErrors, type UserError } from "../feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../feedback/fieldErrors.ts";
import { notifyWarnings } from "../feedback/settle.ts";
import { useNavigateLater } from "../url/useNavigateLater.ts";
import { useIdempotencyKey } from "../useIdempotencyKey.ts";

interface Payload {
  job: { uuid: string } | null;
  warnings?: readonly string[];
  errors: readonly UserError[];
}

/** A mutation that starts a job, whose payload is selected under the alias `payload` and its job under `job`. */
export type JobStart<Input> = TypedDocumentNode<{ payload: Payload }, { input: Input }>;

interface Starting<Input> {
  start: (input: Input) => void;
  loading: boolean;
  /** Messages by the paths of their fields. */
  errors: Readonly<Record<string, string>>;
  /** The errors that belong beside no field. */
  rest: readonly ShownError[];
}

/**
 * Starts a job, notifies of its warnings, and goes to its page below a path, unless the form was left in the meantime.
 * `shown` are the paths of the form's fields. The same input, sent again, starts no second job.
 */
export function useStarting<Input extends object>(document: JobStart<Input>, path: string, shown: readonly string[]): Starting<Input> {
  const [mutate, { loading, error }] = useMutation<{ payload: Payload }, OperationVariables>(document);
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf } = useIdempotencyKey();
  const navigateLater = useNavigateLater();
  const start = async (input: Input): Promise<void> => {
    const navigate = navigateLater();
    const { data } = await mutate({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    const payload = data?.payload as Payload | undefined;
    setRefused(fieldErrors(payload?.errors ?? [], shown));
    if (payload?.job) {
      notifyWarnings(payload.warnings ?? []);
      await navigate(`${path}/${payload.job.uuid}`);
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
