import { useSyncExternalStore } from "react";

/** The code by which the server closes a WebSocket without a valid key. */
export const KEY_REFUSED = 4403;

const listeners = new Set<() => void>();
let isNeeded = false;
/** The number of sign-ins. */
let signIns = 0;

/** Reports to the application whether somebody has to sign in before the server answers. */
export function needSignIn(is: boolean): void {
  isNeeded = is;
  signIns += is ? 0 : 1;
  for (const listener of listeners) {
    listener();
  }
}

/** Returns the number of sign-ins so far. A refusal of what was sent before the last one is outdated. */
export function signInCount(): number {
  return signIns;
}

/** Whether somebody has to sign in. */
export function useSignInNeed(): boolean {
  return useSyncExternalStore(listen, () => isNeeded);
}

/** `fetch`, which notices that the server does not know who asks. An answer from before a sign-in is ignored. */
export async function fetchSignedIn(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const before = signIns;
  const response = await fetch(input, init);
  if (response.status === 401 && before === signIns) {
    needSignIn(true);
  }
  return response;
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
