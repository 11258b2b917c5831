import { useMutation } from "@apollo/client/react";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { KeyRowFragment } from "../../../gql/graphql.ts";
import { ConfirmButton } from "../../../shared/dialog/ConfirmButton.tsx";
import type { ShownError } from "../../../shared/feedback/errors.ts";
import { outcomeOf } from "../../../shared/feedback/settle.ts";
import { useViewer } from "../../../shared/session/viewer.ts";
import { needSignIn } from "../../../shared/signInNeed.ts";

const REVOKE = graphql(`
  mutation RevokeKey($id: ID!) {
    revokeKey(input: { id: $id }) {
      key {
        id
        ...KeyRow
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Revokes a key, after a question. */
export function RevokeKey({ apiKey: { id, name } }: { apiKey: KeyRowFragment }): ReactElement {
  const [revoke] = useMutation(REVOKE, { variables: { id } });
  const isOwn = useViewer()?.keyName === name;
  const confirm = async (): Promise<readonly ShownError[]> => {
    const { errors } = await outcomeOf(revoke(), (data) => data.revokeKey);
    if (isOwn && errors.length === 0) {
      // The server refuses whatever this browser asks for next.
      needSignIn("key");
    }
    return errors;
  };
  return (
    <ConfirmButton label="Revoke" title={`Revoke the key ${name}?`} action="Revoke the key" failure="The key was not revoked" onConfirm={confirm}>
      {isOwn && <strong>You are signed in with this key. </strong>}
      It is refused from now on, browsers that are signed in with it are signed out, and its open streams, uploads and downloads end. Jobs that it
      started continue. This cannot be undone.
    </ConfirmButton>
  );
}
