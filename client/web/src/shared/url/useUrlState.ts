import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import type { Json } from "../json.ts";

interface Options {
  /** Whether the change becomes a step that the browser's back button undoes. */
  push?: boolean;
}

/** The query that the last change asked for, until the page is rendered with it: further changes build on it. */
let asked: URLSearchParams | null = null;

/** A part of the page's state that lives in the URL's query; null takes it out. A page that was left changes no URL. */
export function useUrlText(name: string): [string | null, (value: string | null, options?: Options) => void] {
  const [params, setParams] = useSearchParams();
  const current = useRef<{ params: typeof params; setParams: typeof setParams } | undefined>({ params, setParams });
  useLayoutEffect(() => {
    current.current = { params, setParams };
    asked = null;
    return () => {
      current.current = undefined;
    };
  }, [params, setParams]);
  const set = useCallback(
    (value: string | null, options: Options = {}) => {
      if (current.current === undefined) {
        return;
      }
      const next = new URLSearchParams(asked ?? current.current.params);
      if (value === null || value === "") {
        next.delete(name);
      } else {
        next.set(name, value);
      }
      asked = next;
      current.current.setParams(next, { replace: !options.push });
    },
    [name],
  );
  return [params.get(name), set];
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
