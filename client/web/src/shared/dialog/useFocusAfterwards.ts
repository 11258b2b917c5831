import { type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Returns a reference for a button that what it does may remove, such as that of a row, and a function that does it. The
 * focus then goes to the closest element with `data-focus-home`: otherwise the next key would begin at the top of the page.
 */
export function useFocusAfterwards<Refusal>(run: () => Promise<readonly Refusal[]>): {
  opener: RefObject<HTMLButtonElement | null>;
  act: () => Promise<readonly Refusal[]>;
} {
  const opener = useRef<HTMLButtonElement>(null);
  const isDone = useRef(false);
  useLayoutEffect(() => {
    const button = opener.current;
    const done = isDone;
    return () => {
      const at = document.activeElement;
      const isThere = at === null || at === button || at === document.body || at.closest("[data-question]") !== null;
      if (done.current && isThere) {
        button?.closest<HTMLElement>("[data-focus-home]")?.focus();
      }
    };
  }, []);
  const act = async (): Promise<readonly Refusal[]> => {
    isDone.current = true;
    const refusals = await run();
    isDone.current = refusals.length === 0;
    return refusals;
  };
  return { opener, act };
}
