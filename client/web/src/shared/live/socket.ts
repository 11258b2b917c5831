import { type Client, createClient } from "graphql-ws";
import { KEY_REFUSED, needSignIn } from "../signInNeed.ts";

let shared: Client | undefined;

/** Returns the page's one WebSocket client; it connects with the first subscription and closes with the last. */
export function socketClient(): Client {
  shared ??= createClient({
    url: socketUrl(location),
    lazy: true,
    retryAttempts: 0,
    lazyCloseTimeout: 1000,
    on: { closed: noticeRefusal },
  });
  return shared;
}

/** Asks to sign in if a socket was closed because its key is missing or no longer valid. */
export function noticeRefusal(event: unknown): void {
  if (event instanceof CloseEvent && event.code === KEY_REFUSED) {
    needSignIn(true);
  }
}

/** Returns the address of the API's WebSocket for a page. */
export function socketUrl({ protocol, host }: Pick<Location, "protocol" | "host">): string {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`;
}
