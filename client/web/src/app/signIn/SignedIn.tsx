import { Button, Popover } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUser } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { Fact, Facts } from "../../shared/facts/Facts.tsx";
import { RelativeTime } from "../../shared/format/RelativeTime.tsx";
import { signOut } from "../../shared/session/session.ts";
import { nameOf, useViewer, type Viewer } from "../../shared/session/viewer.ts";
import classes from "./SignedIn.module.css";

/** The signed-in key or user with its scopes, and how to sign out; nothing where nobody is signed in. */
export function SignedIn(): ReactElement | null {
  const viewer = useViewer();
  const name = viewer === undefined ? null : nameOf(viewer);
  if (viewer === undefined || name === null) {
    return null;
  }
  return (
    // The header does not scroll, so that its button is never out of sight.
    <Popover position="bottom-end" shadow="md" width={280} trapFocus withinPortal={false} hideDetached={false}>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-sm" aria-label={`Signed in as ${name}`} title={name} className={classes.button}>
          <IconUser size={18} stroke={1.6} aria-hidden />
          <span className={classes.name}>{name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Details viewer={viewer} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Details({ viewer: { keyName, userName, scopes, expiresAt, signOutUrl } }: { viewer: Viewer }): ReactElement {
  return (
    <>
      <Facts layout="list">
        <Fact name="API key">{keyName}</Fact>
        <Fact name="User">{userName}</Fact>
        <Fact name="Scopes">{scopes.map((scope) => scope.toLowerCase()).join(", ") || "none"}</Fact>
        <Fact name="Expires">{expiresAt && <RelativeTime at={expiresAt} isAhead />}</Fact>
      </Facts>
      {signOutUrl !== null && (
        <Button component="a" href={signOutUrl} variant="default" fullWidth mt="sm">
          Sign out
        </Button>
      )}
      {keyName !== null && (
        <Button variant="default" fullWidth mt="sm" onClick={() => void leave()}>
          Sign out
        </Button>
      )}
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
