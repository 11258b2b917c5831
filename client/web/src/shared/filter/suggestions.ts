import { createContext, useContext } from "react";
import type { Json } from "../json.ts";

export interface SuggestedPath {
  path: readonly string[];
  examples: readonly Json[];
}

/** Stored values that can be asked for. Other values can be asked for, too. */
export interface Suggestions {
  /** Values of a field, by the type of its filter and its name: `TraceWhere.source`. */
  values: Readonly<Record<string, readonly string[]>>;
  /** Paths into the metadata, with some of their values. */
  metaPaths: readonly SuggestedPath[];
}

export const NO_SUGGESTIONS: Suggestions = { values: {}, metaPaths: [] };

export const SuggestionsContext = createContext<Suggestions>(NO_SUGGESTIONS);

/** Returns the suggestions of the filter bar around a component. */
export function useSuggestions(): Suggestions {
  return useContext(SuggestionsContext);
}
