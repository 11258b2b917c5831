import { useApolloClient } from "@apollo/client/react";
import { Activity, type ReactElement, type ReactNode, useLayoutEffect, useState } from "react";
import { needSignIn, useSignInNeed } from "../../shared/signInNeed.ts";
import { nameOf, VIEWER } from "../../shared/session/viewer.ts";
import { ProxySignInPage } from "./ProxySignInPage.tsx";
import { SignInPage } from "./SignInPage.tsx";

/**
 * The pages; in their place, the page to sign in at while the server asks for a key, or its proxy for a sign-in. Address
 * and unsent input stay, but not for another key or user.
 */
export function SignInGate({ children }: { children: ReactNode }): ReactElement {
  const client = useApolloClient();
  const need = useSignInNeed();
  const isNeeded = need !== false;
  const [keys, setKeys] = useState(1);
  useHiddenPortals(isNeeded);
  const open = async (isOtherKey: boolean): Promise<void> => {
    // What another key has loaded is not for this one.
    await client.clearStore();
    if (isOtherKey) {
      setKeys((count) => count + 1);
    }
    needSignIn(false);
  };
  const openForUser = async (): Promise<void> => {
    const before = client.readQuery({ query: VIEWER })?.viewer;
    const { data } = await client.query({ query: VIEWER, fetchPolicy: "no-cache" });
    await open(before === undefined || data === undefined || nameOf(before) !== nameOf(data.viewer));
  };
  return (
    <>
      {need === "key" && <SignInPage onSignedIn={(isOtherKey) => void open(isOtherKey)} />}
      {need === "proxy" && <ProxySignInPage onContinue={openForUser} />}
      <Activity key={keys} mode={isNeeded ? "hidden" : "visible"}>
        {children}
      </Activity>
    </>
  );
}

/** Hides elements outside of the pages, such as open dialogs, which an `Activity` does not. */
function useHiddenPortals(areHidden: boolean): void {
  useLayoutEffect(() => {
    const portals = areHidden ? [...document.querySelectorAll<HTMLElement>("body > [data-portal]")] : [];
    const show = (isShown: boolean): void => {
      for (const portal of portals) {
        portal.hidden = !isShown;
      }
    };
    show(false);
    return () => show(true);
  }, [areHidden]);
}
