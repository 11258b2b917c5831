import { Button, Code, PasswordInput, Stack, Text } from "@mantine/core";
import { type ReactElement, type SubmitEvent, useEffect, useRef, useState } from "react";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { signIn } from "../../shared/session/session.ts";

/** Asks for an API key, with which the browser is signed in. */
export function SignInPage({ onSignedIn }: { onSignedIn: (isOtherKey: boolean) => void }): ReactElement {
  const [key, setKey] = useState("");
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  // The page has nothing else to do.
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (key.trim() === "") {
      setError("Enter an API key.");
      return;
    }
    setSending(true);
    const found = await signIn(key.trim());
    setSending(false);
    setError(found.refusal);
    if (found.refusal === undefined) {
      onSignedIn(found.isOtherKey);
    }
  };
  return (
    <main style={{ maxWidth: "32rem", margin: "12vh auto 0" }}>
      <PageHeader title="Sign in" />
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="sm" px="md" align="flex-start">
          <Text size="sm">This server asks for an API key. The browser stays signed in for at most 30 days.</Text>
          <PasswordInput
            label="API key"
            description={
              <>
                From an administrator, or by <Code>tunix-rt key create NAME --scopes read</Code> on the server’s machine
              </>
            }
            size="sm"
            w="100%"
            ref={field}
            required
            withAsterisk={false}
            autoComplete="current-password"
            spellCheck={false}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={error}
            errorProps={{ role: "alert" }}
          />
          <Button type="submit" loading={isSending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </main>
  );
}
