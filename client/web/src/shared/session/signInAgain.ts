import type { ApolloClient } from "@apollo/client";
import { signIn } from "./session.ts";
import { VIEWER } from "./viewer.ts";

/** Signs this browser in with the secret of a key that was just made, without leaving the page; returns why not, if it is refused. */
export async function signInAgain(client: ApolloClient, secret: string): Promise<string | undefined> {
  const { refusal } = await signIn(secret);
  if (refusal === undefined) {
    await client.refetchQueries({ include: [VIEWER] });
  }
  return refusal;
}
