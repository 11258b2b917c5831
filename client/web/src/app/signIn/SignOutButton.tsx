import { useQuery } from "@apollo/client/react";
import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import { hasSignedIn, signOut } from "./session.ts";

const VIEWER = graphql(`
  query Viewer {
    viewer {
      keyName
    }
  }
`);

/** The name of the key by which this browser is signed in, and a button to sign out; nothing without a key. */
export function SignOutButton(): ReactElement | null {
  const { data } = useQuery(VIEWER, { skip: !hasSignedIn() });
  const name = data?.viewer.keyName ?? null;
  if (name === null) {
    return null;
  }
  return (
    <>
      <Text size="xs" c="dimmed" truncate maw={160} title={`Signed in by the key ${name}`} visibleFrom="xs">
        {name}
      </Text>
      <Button variant="default" onClick={() => void leave()}>
        Sign out
      </Button>
    </>
  );
}

async function leave(): Promise<void> {
  const refusal = await signOut();
  if (refusal === undefined) {
    // Nothing that was loaded, and no open connection, outlives the sign-in.
    location.reload();
  } else {
    notifications.show({ color: "red", title: "You are still signed in", message: refusal });
  }
}
