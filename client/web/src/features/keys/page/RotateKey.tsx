import { useApolloClient, useMutation } from "@apollo/client/react";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, type ReactElement, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { KeyRowFragment } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { signInAgain } from "../../../shared/session/signInAgain.ts";
import { useViewer } from "../../../shared/session/viewer.ts";
import { type Expiry, expiryOf } from "../expiry.ts";
import { ExpiryFields } from "../ExpiryFields.tsx";

const ROTATE = graphql(`
  mutation RotateKey($input: RotateKeyInput!) {
    rotateKey(input: $input) {
      key {
        id
        ...KeyRow
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

/** The new secret of a key, and why this browser was not signed in with it, if it should have been. */
export interface Rotated {
  secret: string;
  refusal: string | undefined;
}

interface Props {
  apiKey: KeyRowFragment;
  onRotated: (rotated: Rotated) => void;
}

/** Replaces the secret of a key, after a question. A browser that is signed in with the key stays so. */
export function RotateKey(props: Props): ReactElement {
  const [isOpen, question] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Rotate
      </Button>
      <Modal opened={isOpen} onClose={question.close} title={`Rotate the key ${props.apiKey.name}?`} size="sm">
        <RotateForm {...props} onClose={question.close} />
      </Modal>
    </>
  );
}

function RotateForm({ apiKey, onRotated, onClose }: Props & { onClose: () => void }): ReactElement {
  const { id, name, expiresAt } = apiKey;
  const client = useApolloClient();
  const isOwn = useViewer()?.keyName === name;
  const [expiry, setExpiry] = useState<Expiry>({ choice: "", local: "" });
  const [refused, setRefused] = useState(NO_ERRORS);
  const [rotate, { loading, error }] = useMutation(ROTATE);
  const send = async (at: string | null): Promise<void> => {
    const { data } = await rotate({ variables: { input: { id, ...(at === null ? {} : { expiresAt: at }) } } });
    const { secret, errors } = data?.rotateKey ?? { secret: null, errors: [] };
    setRefused(fieldErrors(errors, ["expiresAt"]));
    if (secret !== null) {
      onRotated({ secret, refusal: isOwn ? await signInAgain(client, secret) : undefined });
      onClose();
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const at = expiryOf(expiry, new Date());
    if (at !== undefined) {
      // What it failed with is shown.
      void send(at).catch(() => {});
    }
  };
  const rest = error ? shownErrors(error) : shownUserErrors(refused.rest);
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          It gets a new secret, which is shown once. The old one is refused from now on, and other browsers that are signed in with the key
          are signed out.
        </Text>
        <ExpiryFields
          value={expiry}
          onChange={setExpiry}
          none={expiresAt === null ? "Never, as before" : "Same lifetime, from now"}
          error={refused.fields["expiresAt"]}
        />
        {rest.length > 0 && <ErrorNotice title="The key was not rotated" errors={rest} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" loading={loading}>
            Rotate the key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
