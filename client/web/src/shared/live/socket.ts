import { type Client, createClient } from "graphql-ws";
import { KEY_REFUSED, needSignIn, signInCount } from "../signInNeed.ts";

let shared: { client: Client; signIns: number } | undefined;

/**
 * Returns the page's one WebSocket client; it connects with the first subscription and closes with the last. Another
 * sign-in has another client, because the server knows who asks from the moment of the connection.
 */
export function socketClient(): Client {
  const signIns = signInCount();
  if (shared?.signIns !== signIns) {
    shared = { client: clientOf(signIns), signIns };
  }
  return shared.client;
}

function clientOf(signIns: number): Client {
  return createClient({
    url: socketUrl(location),
    lazy: true,
    retryAttempts: 0,
    lazyCloseTimeout: 1000,
    on: { closed: (event) => noticeRefusal(event, signIns) },
  });
}

/** Asks to sign in if a socket was closed because its key is missing or no longer valid, unless that was before a sign-in. */
function noticeRefusal(event: unknown, signIns: number): void {
  if (event instanceof CloseEvent && event.code === KEY_REFUSED && signIns === signInCount()) {
    needSignIn("key");
  }
}

/** Returns the address of the API's WebSocket for a page. */
export function socketUrl({ protocol, host }: Pick<Location, "protocol" | "host">): string {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`;
}
