import { type Client, createClient } from "graphql-ws";

let shared: Client | undefined;

/** Returns the page's one WebSocket client; it connects with the first subscription and closes with the last. */
export function socketClient(): Client {
  shared ??= createClient({ url: socketUrl(location), lazy: true, retryAttempts: 0, lazyCloseTimeout: 1000 });
  return shared;
}

/** Returns the address of the API's WebSocket for a page. */
export function socketUrl({ protocol, host }: Pick<Location, "protocol" | "host">): string {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`;
}
