import type { ApolloClient } from "@apollo/client";
import { needSignIn } from "../signInNeed.ts";
import { signIn } from "./session.ts";
import { VIEWER } from "./viewer.ts";

/** Signs this browser in with the secret of a key that was just made, without leaving the page; returns why not, if it is refused. */
export async function signInAgain(client: ApolloClient, secret: string): Promise<string | undefined> {
  const { refusal } = await signIn(secret);
  if (refusal === undefined) {
    // A request that came between the new secret and this may have been refused.
    needSignIn(false);
    await client.refetchQueries({ include: [VIEWER] });
  }
  return refusal;
}
