import { useApolloClient } from "@apollo/client/react";
import type { ReactNode } from "react";
import { needSignIn, useSignInNeed } from "../../shared/signInNeed.ts";
import { SignInPage } from "./SignInPage.tsx";

/** The pages; in their place, the page to sign in at while the server asks for a key. The address stays. */
export function SignInGate({ children }: { children: ReactNode }): ReactNode {
  const client = useApolloClient();
  const isNeeded = useSignInNeed();
  if (!isNeeded) {
    return children;
  }
  const open = async (): Promise<void> => {
    // What another key has loaded is not for this one.
    await client.clearStore();
    needSignIn(false);
  };
  return <SignInPage onSignedIn={() => void open()} />;
}
