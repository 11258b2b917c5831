import { graphql } from "../../../gql/gql.ts";
import type { CreateKeyInput, CreateKeyMutation } from "../../../gql/graphql.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";
import { type Issued, useIssuing } from "../secret/useIssuing.ts";

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

const FIELDS = ["name", "scopes", "expiresAt"];

/** A key that was created. */
export type Created = Issued<NonNullable<CreateKeyMutation["createKey"]["key"]>>;

type Creating = Omit<ReturnType<typeof useIssuing>, "issue"> & { create: (input: CreateKeyInput) => void };

const payloadOf = ({ createKey }: CreateKeyMutation): CreateKeyMutation["createKey"] => createKey;

/** Creates a key. With the first one of a server this browser is signed in, since the next request needs a key. */
export function useCreating(isFirst: boolean, onCreated: (created: Created) => void): Creating {
  const { keyOf } = useIdempotencyKey();
  const { issue, ...state } = useIssuing({ document: CREATE, payloadOf, fields: FIELDS, signsIn: isFirst, onIssued: onCreated });
  return { ...state, create: (input) => issue({ ...input, idempotencyKey: keyOf(input) }) };
}
