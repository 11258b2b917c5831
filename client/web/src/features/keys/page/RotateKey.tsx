import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, type ReactElement, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { KeyRowFragment, RotateKeyMutation } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { useViewer } from "../../../shared/session/viewer.ts";
import { type Expiry, expiryOf } from "../expiry.ts";
import { ExpiryFields } from "../ExpiryFields.tsx";
import { type Issued, useIssuing } from "../secret/useIssuing.ts";

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

const FIELDS = ["expiresAt"];

/** A key with the secret that replaces its former one. */
export type Rotated = Issued<NonNullable<RotateKeyMutation["rotateKey"]["key"]>>;

const payloadOf = ({ rotateKey }: RotateKeyMutation): RotateKeyMutation["rotateKey"] => rotateKey;

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
  const isOwn = useViewer()?.keyName === name;
  const [expiry, setExpiry] = useState<Expiry>({ choice: "", local: "" });
  const onIssued = (rotated: Rotated): void => {
    onRotated(rotated);
    onClose();
  };
  const { issue, loading, errors, rest } = useIssuing({ document: ROTATE, payloadOf, fields: FIELDS, signsIn: isOwn, onIssued });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const at = expiryOf(expiry, new Date());
    if (at !== undefined) {
      issue({ id, ...(at === null ? {} : { expiresAt: at }) });
    }
  };
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
          error={errors["expiresAt"]}
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
