import { graphql } from "../../../../gql/gql.ts";
import type { TraceToCopyQuery } from "../../../../gql/graphql.ts";
import type { Json } from "../../../../shared/json.ts";

export const TRACE_TO_COPY = graphql(`
  query TraceToCopy($id: ID!) {
    trace(id: $id) {
      id
      traceVersion
      externalId
      group
      prompt
      promptHash
      finalAnswer
      referenceAnswer
      steps {
        index
        type
        content
      }
      meta
    }
  }
`);

/** Returns a trace as the native import format writes it, so that it can be imported again. */
export function traceJson(trace: TraceToCopyQuery["trace"] | undefined): Json {
  if (!trace) {
    return null;
  }
  return {
    trace_version: trace.traceVersion,
    prompt: trace.prompt,
    final_answer: trace.finalAnswer,
    steps: trace.steps.map(({ index, type, content }) => ({ i: index, type, content })),
    ...(trace.meta === null ? {} : { meta: trace.meta }),
    ...(trace.referenceAnswer === null ? {} : { reference_answer: trace.referenceAnswer }),
    ...(trace.externalId === null ? {} : { external_id: trace.externalId }),
    // A trace that is given no group is in that of its prompt.
    ...(trace.group === trace.promptHash ? {} : { group: trace.group }),
  };
}

/** Returns a query with a trace in place of its variable, to run as it is. */
export function traceQuery(document: string, uuid: string): string {
  return document
    .replace(/\(\$id: ID!\)/, "")
    .replace("$id", JSON.stringify(uuid))
    .replaceAll(/\n\s*__typename/g, "");
}
