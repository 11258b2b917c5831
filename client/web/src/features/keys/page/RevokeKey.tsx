import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { KeyRowFragment } from "../../../gql/graphql.ts";
import { Confirm } from "../../../shared/feedback/Confirm.tsx";
import { settle } from "../../../shared/feedback/settle.ts";
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
  const [isOpen, question] = useDisclosure(false);
  const [revoke, { loading }] = useMutation(REVOKE, { variables: { id } });
  const isOwn = useViewer()?.keyName === name;
  const confirm = async (): Promise<void> => {
    const payload = await settle("The key was not revoked", revoke(), (data) => data.revokeKey);
    question.close();
    if (isOwn && payload !== undefined) {
      // The server refuses whatever this browser asks for next.
      needSignIn("key");
    }
  };
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Revoke
      </Button>
      <Confirm title={`Revoke the key ${name}?`} action="Revoke the key" isOpen={isOpen} isBusy={loading} onClose={question.close} onConfirm={() => void confirm()}>
        {isOwn && <strong>You are signed in with this key. </strong>}
        It is refused from now on, browsers that are signed in with it are signed out, and its open streams, uploads and downloads end. Jobs
        that it started continue. This cannot be undone.
      </Confirm>
    </>
  );
}
