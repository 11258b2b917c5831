import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import type { KeyScope } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { Notice } from "../../../shared/notice/Notice.tsx";
import { type Expiry, expiryOf } from "../expiry.ts";
import { ExpiryFields } from "../ExpiryFields.tsx";
import { isIncluded, SCOPES } from "../scopes.ts";
import { type Created, useCreating } from "./useCreating.ts";

interface Props {
  /** Whether the server asks for no key so far, so that somebody has to be able to create more. */
  isFirst: boolean;
  onCreated: (created: Created) => void;
}

/** The form of a new key: name, scopes and expiry. */
export function KeyForm({ isFirst, onCreated }: Props): ReactElement {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly KeyScope[]>(isFirst ? ["ADMIN"] : ["READ"]);
  const [expiry, setExpiry] = useState<Expiry>({ choice: "", local: "" });
  const { create, loading, errors, rest } = useCreating(isFirst, onCreated);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const expiresAt = expiryOf(expiry, new Date());
    if (expiresAt !== undefined) {
      create({ name: name.trim(), scopes: scopes.filter((scope) => !isIncluded(scope, scopes)), ...(expiresAt === null ? {} : { expiresAt }) });
    }
  };
  const granted = SCOPES.map(({ scope }) => scope).filter((scope) => scopes.includes(scope) || isIncluded(scope, scopes));
  return (
    <form aria-label="New key" onSubmit={submit} style={{ padding: "0 16px 32px", maxWidth: 720 }}>
      <Stack gap="md">
        {isFirst && (
          <Notice tone="quiet" title="This is the first key">
            From then on every request to this server needs a key, also from this machine. The first one is for an administrator, and
            this browser is signed in with it at once.
          </Notice>
        )}
        <TextInput
          label="Name"
          description="Of the person or program that uses it. It stays with what they make, and is never given to another key."
          inputWrapperOrder={["label", "input", "description", "error"]}
          required
          maxLength={120}
          value={name}
          error={errors["name"]}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Checkbox.Group label="Scopes" error={errors["scopes"]} value={granted} onChange={(next) => setScopes(next)}>
          <Stack gap={6} mt={6}>
            {SCOPES.map(({ scope, label, permits }) => (
              <Checkbox
                key={scope}
                value={scope}
                label={label}
                description={permits}
                disabled={isIncluded(scope, scopes) || isFirst}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <ExpiryFields value={expiry} onChange={setExpiry} none="Never" error={errors["expiresAt"]} />
        {rest.length > 0 && <ErrorNotice title="The key was not created" errors={rest} />}
        <Group>
          <Button type="submit" loading={loading} disabled={name.trim() === "" || scopes.length === 0}>
            Create the key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
