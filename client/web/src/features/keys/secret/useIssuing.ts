import type { TypedDocumentNode } from "@apollo/client";
import { useApolloClient, useMutation } from "@apollo/client/react";
import { useState } from "react";
import { type ShownError, shownErrors, shownUserErrors, type UserError } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { signInAgain } from "../../../shared/session/signInAgain.ts";

interface Payload<Key> {
  key: Key | null;
  secret: string | null;
  errors: readonly UserError[];
}

/** A key with a new secret. */
export interface Issued<Key> {
  key: Key;
  /** Null if a repeated request has created the key: a secret is shown once. */
  secret: string | null;
  /** Whether this browser is signed in with it now. */
  isSignedIn: boolean;
  /** Why the browser was not signed in with it, if it should have been. */
  refusal: string | undefined;
}

interface Issuing<Input> {
  issue: (input: Input) => void;
  loading: boolean;
  /** Messages by the paths of their fields. */
  errors: Readonly<Record<string, string>>;
  /** The errors that belong beside no field. */
  rest: readonly ShownError[];
}

interface Options<Data, Input, Key> {
  document: TypedDocumentNode<Data, { input: Input }>;
  payloadOf: (data: Data) => Payload<Key>;
  /** The paths of the form's fields. */
  fields: readonly string[];
  /** Whether this browser is to be signed in with the new secret. */
  signsIn: boolean;
  onIssued: (issued: Issued<Key>) => void;
}

/** Gives a key a new secret by a mutation, and signs this browser in with it where that is needed. */
export function useIssuing<Data, Input, Key>(options: Options<Data, Input, Key>): Issuing<Input> {
  const { document, payloadOf, fields, signsIn, onIssued } = options;
  const client = useApolloClient();
  const [mutate, { loading, error }] = useMutation(document);
  const [refused, setRefused] = useState(NO_ERRORS);
  const issue = async (input: Input): Promise<void> => {
    const { data } = await mutate({ variables: { input } });
    const { key, secret, errors } = data ? payloadOf(data) : { key: null, secret: null, errors: [] };
    setRefused(fieldErrors(errors, fields));
    if (key !== null) {
      const isNeeded = signsIn && secret !== null;
      const refusal = isNeeded ? await signInAgain(client, secret) : undefined;
      onIssued({ key, secret, isSignedIn: isNeeded && refusal === undefined, refusal });
    }
  };
  return {
    // What it failed with is shown.
    issue: (input) => void issue(input).catch(() => {}),
    loading,
    errors: refused.fields,
    rest: error ? shownErrors(error) : shownUserErrors(refused.rest),
  };
}
