import { useDocExplorer } from "@graphiql/plugin-doc-explorer";
import { useLayoutEffect, useRef } from "react";

const PANE = ".graphiql-plugin:has(.graphiql-doc-explorer)";

/**
 * Shows what is opened in the documentation from its start, and what was left as it was left.
 *
 * GraphiQL changes the content of one scrolled pane, so that a long type would open in its middle.
 */
export function DocumentationScroll(): null {
  const opened = useDocExplorer();
  const tops = useRef<number[]>([]);

  useLayoutEffect(() => {
    const last = opened.length - 1;
    tops.current = opened.map((_, place) => tops.current[place] ?? 0);
    document.querySelector(PANE)?.scrollTo({ top: tops.current[last] });

    const keep = ({ target }: Event): void => {
      if (target instanceof Element && target.matches(PANE)) {
        tops.current[last] = target.scrollTop;
      }
    };
    document.addEventListener("scroll", keep, true); // scroll events do not bubble, and the pane may open later
    return () => document.removeEventListener("scroll", keep, true);
  }, [opened]);

  return null;
}
