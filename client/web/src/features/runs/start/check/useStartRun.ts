import { useMutation } from "@apollo/client/react";
import { graphql } from "../../../../gql/gql.ts";
import type { StartRunInput } from "../../../../gql/graphql.ts";
import { type ShownError, shownErrors, type UserError } from "../../../../shared/feedback/errors.ts";
import { useIdempotencyKey } from "../../../../shared/useIdempotencyKey.ts";

const START_RUN = graphql(`
  mutation StartRun($input: StartRunInput!) {
    startRun(input: $input) {
      run {
        id
        uuid
        ...DryRun
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

/** The result of a request to start a run. */
export type Started =
  | { kind: "started"; uuid: string; warnings: readonly string[] }
  | { kind: "refused"; errors: readonly UserError[] }
  | { kind: "failed"; errors: readonly ShownError[] };

/** Returns a function that starts a run; the same request, sent again after a lost answer, starts no second one. */
export function useStartRun(): (input: StartRunInput) => Promise<Started> {
  const [mutate] = useMutation(START_RUN);
  const idempotency = useIdempotencyKey();
  return async (input) => {
    const key = idempotency.keyOf(input);
    try {
      const { data } = await mutate({ variables: { input: { ...input, idempotencyKey: key } } });
      idempotency.forget();
      return startedBy(data?.startRun);
    } catch (error) {
      return { kind: "failed", errors: shownErrors(error) };
    }
  };
}

interface Payload {
  run: { uuid: string } | null;
  warnings: readonly string[];
  errors: readonly UserError[];
}

function startedBy(payload: Payload | undefined): Started {
  return payload?.run
    ? { kind: "started", uuid: payload.run.uuid, warnings: payload.warnings }
    : { kind: "refused", errors: payload?.errors ?? [] };
}
