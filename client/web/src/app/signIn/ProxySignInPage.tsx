import { Button, Group, Stack, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { PageHeader } from "../../shared/PageHeader.tsx";

/** Leads to the sign-in of the proxy in another tab, because this one would lose what was typed into its pages. */
export function ProxySignInPage({ onContinue }: { onContinue: () => Promise<void> }): ReactElement {
  const [isRefused, setRefused] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const proceed = async (): Promise<void> => {
    setAsking(true);
    try {
      await onContinue();
    } catch {
      setRefused(true);
    } finally {
      setAsking(false);
    }
  };
  return (
    <main style={{ maxWidth: "32rem", margin: "12vh auto 0" }}>
      <PageHeader title="Sign in" />
      <Stack gap="sm" px="md" align="flex-start">
        <Text size="sm">
          The proxy in front of this server asks you to sign in again. Sign in in another tab, then continue here: what you have typed
          into this page is kept.
        </Text>
        <Group gap="sm">
          <Button component="a" href="/" target="_blank" rel="noopener">
            Sign in
          </Button>
          <Button variant="default" loading={isAsking} onClick={() => void proceed()}>
            Continue
          </Button>
        </Group>
        {isRefused && (
          <Text size="sm" c="red" role="alert">
            The proxy does not answer for you yet. Sign in first.
          </Text>
        )}
      </Stack>
    </main>
  );
}
