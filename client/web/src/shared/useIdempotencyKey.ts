import { useRef } from "react";

/** Returns a function from a request to its key: the same for the same request, until `forget` is called. */
export function useIdempotencyKey(): { keyOf: (request: unknown) => string; forget: () => void } {
  const last = useRef<{ text: string; key: string } | null>(null);
  return {
    keyOf: (request) => {
      const text = JSON.stringify(request);
      if (last.current?.text !== text) {
        last.current = { text, key: randomKey() };
      }
      return last.current.key;
    },
    forget: () => {
      last.current = null;
    },
  };
}

/** Returns a new key; `crypto.randomUUID` exists only on HTTPS and localhost. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
