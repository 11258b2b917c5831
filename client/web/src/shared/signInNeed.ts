import { useSyncExternalStore } from "react";

/** The code by which the server closes a WebSocket without a valid key. */
export const KEY_REFUSED = 4403;

/** The place of a sign-in: here with an API key, or at a proxy in front of the server. */
export type SignInNeed = "key" | "proxy";

const listeners = new Set<() => void>();
let need: SignInNeed | false = false;
/** The number of sign-ins. */
let signIns = 0;

/** Reports to the application whether, and where, somebody has to sign in before the server answers. */
export function needSignIn(where: SignInNeed | false): void {
  need = where;
  signIns += where === false ? 1 : 0;
  for (const listener of listeners) {
    listener();
  }
}

/** Returns the number of sign-ins so far. A refusal of what was sent before the last one is outdated. */
export function signInCount(): number {
  return signIns;
}

/** Returns where somebody has to sign in; false if nobody has to. */
export function useSignInNeed(): SignInNeed | false {
  return useSyncExternalStore(listen, () => need);
}

/** `fetch`, which notices that the server or its proxy does not know who asks. An answer from before a sign-in is ignored. */
export async function fetchSignedIn(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const before = signIns;
  const response = await fetch(input, { ...init, redirect: "manual" });
  const where = await refusedBy(response);
  if (where !== false && before === signIns) {
    needSignIn(where);
  }
  return response;
}

/**
 * Returns who refuses to answer without a sign-in: the server explains its 401 by `errors`, a proxy answers 401 in another
 * form, with its sign-in page, or with a redirect to it. The API itself does not redirect.
 */
async function refusedBy(response: Response): Promise<SignInNeed | false> {
  if (response.type === "opaqueredirect") {
    return "proxy";
  }
  if (response.status === 403) {
    return response.headers.get("content-type")?.startsWith("text/html") === true && "proxy";
  }
  if (response.status !== 401) {
    return false;
  }
  const answer = (await response.clone().json().catch(() => undefined)) as { errors?: unknown } | undefined;
  return answer?.errors === undefined ? "proxy" : "key";
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
