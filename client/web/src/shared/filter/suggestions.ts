import { createContext, useContext } from "react";

/** What is stored and may be asked for. Values that are not among them may be asked for too. */
export interface Suggestions {
  /** Values of a field, by the type of its filter and its name: `TraceWhere.source`. */
  values: Readonly<Record<string, readonly string[]>>;
  /** Paths into the metadata. */
  metaPaths: readonly (readonly string[])[];
}

export const NO_SUGGESTIONS: Suggestions = { values: {}, metaPaths: [] };

export const SuggestionsContext = createContext<Suggestions>(NO_SUGGESTIONS);

/** Returns what the filter bar around a component suggests. */
export function useSuggestions(): Suggestions {
  return useContext(SuggestionsContext);
}
