import type { ApolloClient } from "@apollo/client";
import { graphql } from "../../../gql/gql.ts";
import type { ScoreTracesInput, ScoreTracesMutation } from "../../../gql/graphql.ts";
import type { UserError } from "../../../shared/feedback/errors.ts";
import { countOf, portions, type Target } from "./target.ts";

const SCORE_TRACES = graphql(`
  mutation ScoreTraces($input: ScoreTracesInput!) {
    scoreTraces(input: $input) {
      scoredCount
      skippedCount
      unscoredCount
      remainingCount
      lastId
      errors {
        code
        message
        path
      }
    }
  }
`);

async function scorePortion(client: ApolloClient, input: ScoreTracesInput): Promise<ScoreTracesMutation["scoreTraces"] | undefined> {
  const { data } = await client.mutate({ mutation: SCORE_TRACES, variables: { input } });
  return data?.scoreTraces;
}

/** The progress of scoring many traces. */
export interface ScoringProgress {
  scored: number;
  skipped: number;
  /** Traces that the scorer has no means to score. */
  unscored: number;
  total: number;
  errors: readonly UserError[];
}

interface Options {
  scorer: string;
  onlyMissing: boolean;
  signal: AbortSignal;
  onProgress: (progress: ScoringProgress) => void;
}

/** Scores a target's traces in as many requests as it takes; returns what was done, also when it was stopped. */
export async function scoreTarget(client: ApolloClient, target: Target, options: Options): Promise<ScoringProgress> {
  const { scorer, onlyMissing, signal, onProgress } = options;
  const total = countOf(target);
  let [scored, skipped, unscored] = [0, 0, 0];
  for (const portion of portions(target)) {
    let after: string | null = null;
    do {
      const input: ScoreTracesInput = { scorer, onlyMissing, ...portion, ...(after === null ? {} : { after }) };
      // Each request continues where the one before it ended.
      // oxlint-disable-next-line no-await-in-loop
      const payload: ScoreTracesMutation["scoreTraces"] | undefined = await scorePortion(client, input);
      if (payload === undefined || payload.errors.length > 0) {
        return { scored, skipped, unscored, total, errors: payload?.errors ?? [] };
      }
      scored += payload.scoredCount ?? 0;
      skipped += payload.skippedCount;
      unscored += payload.unscoredCount;
      onProgress({ scored, skipped, unscored, total, errors: [] });
      after = payload.remainingCount > 0 ? payload.lastId : null;
    } while (after !== null && !signal.aborted);
  }
  return { scored, skipped, unscored, total, errors: [] };
}
