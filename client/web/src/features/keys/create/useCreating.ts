import { useApolloClient, useMutation } from "@apollo/client/react";
import { useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { CreateKeyInput } from "../../../gql/graphql.ts";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { signInAgain } from "../../../shared/session/signInAgain.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";

const CREATE = graphql(`
  mutation CreateKey($input: CreateKeyInput!) {
    createKey(input: $input) {
      key {
        id
        uuid
        name
      }
      secret
      errors {
        code
        message
        path
      }
    }
  }
`);

const SHOWN = ["name", "scopes", "expiresAt"];

/** A key that was created. */
export interface Created {
  name: string;
  uuid: string;
  secret: string | null;
  /** Whether this browser is signed in with it now. */
  isSignedIn: boolean;
  /** Why the browser was not signed in with it, if it should have been. */
  refusal: string | undefined;
}

interface Creating {
  create: (input: CreateKeyInput) => void;
  loading: boolean;
  /** Messages by the paths of their fields. */
  errors: Readonly<Record<string, string>>;
  /** The errors that belong beside no field. */
  rest: readonly ShownError[];
}

/** Creates a key. With the first one of a server this browser is signed in, since the next request needs a key. */
export function useCreating(isFirst: boolean, onCreated: (created: Created) => void): Creating {
  const client = useApolloClient();
  const [mutate, { loading, error }] = useMutation(CREATE);
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf } = useIdempotencyKey();
  const create = async (input: CreateKeyInput): Promise<void> => {
    const { data } = await mutate({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    const { key, secret, errors } = data?.createKey ?? { key: null, secret: null, errors: [] };
    setRefused(fieldErrors(errors, SHOWN));
    if (key !== null) {
      const isNeeded = isFirst && secret !== null;
      const refusal = isNeeded ? await signInAgain(client, secret) : undefined;
      onCreated({ name: key.name, uuid: key.uuid, secret, isSignedIn: isNeeded && refusal === undefined, refusal });
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
