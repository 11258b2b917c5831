import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Json } from "../json.ts";

interface Options {
  /** Whether the change becomes a step that the browser's back button undoes. */
  push?: boolean;
}

/** A part of the page's state that lives in the URL's query; null takes it out. */
export function useUrlText(name: string): [string | null, (value: string | null, options?: Options) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | null, options: Options = {}) => {
      setParams(
        (current) => {
          const next = following(current);
          if (value === null || value === "") {
            next.delete(name);
          } else {
            next.set(name, value);
          }
          return next;
        },
        { replace: !options.push },
      );
    },
    [name, setParams],
  );
  return [params.get(name), set];
}

/** Changes of the query that were made in this task, before the router has taken over the address. */
let unseen: { seen: string; next: URLSearchParams } | null = null;

/** Returns a copy of the query to be changed, with what was changed in the same task: the router would lose that. */
function following(current: URLSearchParams): URLSearchParams {
  const seen = current.toString();
  const next = unseen?.seen === seen ? unseen.next : new URLSearchParams(current);
  unseen = { seen, next };
  setTimeout(() => {
    unseen = null;
  });
  return next;
}

/** The same for a value that is written as JSON; what cannot be read, or is not accepted, counts as absent. */
export function useUrlJson<T extends Json>(
  name: string,
  accept: (value: Json) => value is T,
): [T | null, (value: T | null, options?: Options) => void] {
  const [text, setText] = useUrlText(name);
  const value = useMemo(() => readJson(text, accept), [text, accept]);
  const set = useCallback(
    (next: T | null, options?: Options) => setText(next === null ? null : JSON.stringify(next), options),
    [setText],
  );
  return [value, set];
}

function readJson<T extends Json>(text: string | null, accept: (value: Json) => value is T): T | null {
  if (text === null) {
    return null;
  }
  try {
    const value = JSON.parse(text) as Json;
    return accept(value) ? value : null;
  } catch {
    return null;
  }
}
