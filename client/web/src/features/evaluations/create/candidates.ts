import type { EvaluationCandidateInput, TraceWhere } from "../../../gql/graphql.ts";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { isWhere } from "../../../shared/filter/useUrlWhere.ts";
import type { Json } from "../../../shared/json.ts";

/** The ways to name the answers of a candidate. */
export const KINDS = [
  { value: "source", label: "Traces of the source" },
  { value: "answering", label: "New answers of the model" },
  { value: "run", label: "Stored answers of the run" },
  { value: "model", label: "Stored answers of the model" },
  { value: "generation", label: "Answers of the generation" },
  { value: "filter", label: "Traces by a filter (JSON)" },
] as const;

export type Kind = (typeof KINDS)[number]["value"];

/** A candidate as the form has it. */
export interface CandidateDraft {
  name: string;
  kind: Kind;
  /** The source, model, run or generation, or the text of the filter. */
  value: string;
}

export const EMPTY: CandidateDraft = { name: "", kind: "source", value: "" };

/** Returns why a candidate is not whole; undefined if it is. */
export function problemOf({ kind, value }: CandidateDraft): string | undefined {
  if (value.trim() === "") {
    return "must not be empty";
  }
  return kind === "filter" && filterOf(value) === undefined ? "must be a filter of traces, as JSON" : undefined;
}

/** Returns a candidate as the server takes it. Its name is its value if it was given none. */
export function inputOf({ name, kind, value }: CandidateDraft): EvaluationCandidateInput {
  const text = value.trim();
  const named = { name: name.trim() || text.slice(0, 128) };
  switch (kind) {
    case "source":
      return { ...named, where: { source: { eq: text } } };
    case "answering":
      return { ...named, modelId: text };
    case "run":
      return { ...named, where: { producedBy: { runId: { eq: text } } } };
    case "model":
      return { ...named, where: { producedBy: { modelId: { eq: text } } } };
    case "generation":
      return { ...named, generationId: text };
    case "filter":
      return { ...named, where: filterOf(text) ?? {} };
  }
}

function filterOf(text: string): TraceWhere | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isWhere(value, TRACE_SHAPE) ? (value as TraceWhere) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the candidates of an address, as `kind:value` each, and fills them up to two. */
export function candidatesOf(texts: readonly string[]): CandidateDraft[] {
  const found = texts.flatMap((text) => {
    const at = text.indexOf(":");
    const kind = KINDS.find(({ value }) => value === text.slice(0, at))?.value;
    return kind === undefined ? [] : [{ name: "", kind, value: text.slice(at + 1) }];
  });
  return [...found, ...Array.from({ length: Math.max(0, 2 - found.length) }, () => EMPTY)];
}
