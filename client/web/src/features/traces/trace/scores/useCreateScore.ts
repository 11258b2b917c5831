import type { ApolloCache, ErrorLike, Reference } from "@apollo/client";
import type { Modifier } from "@apollo/client/cache";
import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { CreateScoreMutation } from "../../../../gql/graphql.ts";
import { type FieldErrors, fieldErrors, NO_ERRORS } from "../../../../shared/feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../../../../shared/useIdempotencyKey.ts";
import { type ScoreItem, TRACE_SCORES } from "./TraceScores.ts";

const CREATE_SCORE = graphql(`
  mutation CreateScore($input: CreateScoreInput!) {
    createScore(input: $input) {
      score {
        id
        scorer
        scorerVersion
        kind
        score
        rationale
        details
        stepIndex
        scoredAt
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

interface GivenScore {
  scorer: string;
  score: number;
  stepIndex: number | null;
  rationale: string | null;
}

const FIELDS = ["scorer", "score", "stepIndex", "rationale"];

/** Stores a score; it is shown at once, and taken back if it is refused. */
export function useCreateScore(traceId: string): {
  create: (given: GivenScore) => Promise<boolean>;
  /** The server's errors for the score. */
  refused: FieldErrors;
  /** Why the request failed as a whole. */
  error: ErrorLike | undefined;
  isSaving: boolean;
} {
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf, forget } = useIdempotencyKey();
  const [mutate, { loading, error }] = useMutation(CREATE_SCORE, {
    update: (cache, { data }) => {
      if (data?.createScore.score) {
        enterScore(cache, traceId, data.createScore.score);
      }
    },
  });
  const create = async (given: GivenScore): Promise<boolean> => {
    const input = { traceId, kind: "HUMAN", ...given } as const;
    setRefused(NO_ERRORS);
    const variables = { input: { ...input, idempotencyKey: keyOf(input) } };
    // What it fails with is in `error`.
    const result = await mutate({ variables, optimisticResponse: optimistic(given) }).catch(() => undefined);
    setRefused(fieldErrors(result?.data?.createScore.errors ?? [], FIELDS));
    const isStored = Boolean(result?.data?.createScore.score);
    if (isStored) {
      forget();
    }
    return isStored;
  };
  return { create, refused, error, isSaving: loading };
}

function optimistic(given: GivenScore): CreateScoreMutation {
  return {
    createScore: {
      __typename: "CreateScorePayload",
      score: {
        __typename: "Score",
        id: "new",
        scorerVersion: "1",
        kind: "HUMAN",
        details: null,
        scoredAt: new Date().toISOString(),
        ...given,
      },
      errors: [],
    },
  };
}

/**
 * Enters a new score into a trace's list, unless it was loaded with it already, and as the latest one of the trace or
 * step.
 */
function enterScore(cache: ApolloCache, traceId: string, score: ScoreItem): void {
  const id = cache.identify({ __typename: "Trace", id: traceId });
  if (id === undefined) {
    return;
  }
  cache.updateFragment({ id, fragment: TRACE_SCORES, fragmentName: "TraceScores" }, (trace) =>
    trace === null || trace.scores.edges.some(({ node }) => node.id === score.id)
      ? undefined
      : {
          ...trace,
          scores: {
            ...trace.scores,
            totalCount: trace.scores.totalCount + 1,
            edges: [{ __typename: "ScoreEdge" as const, node: score }, ...trace.scores.edges],
          },
        },
  );
  const asLatest: Modifier<readonly Reference[]> = (scores, { readField, toReference }) => {
    const others = scores.filter((each) => readField("scorer", each) !== score.scorer);
    const latest = toReference({ ...score });
    return latest === undefined ? others : [...others, latest];
  };
  cache.modify<{ latestScores: readonly Reference[]; steps: readonly object[] }>({
    id,
    fields: {
      latestScores: (scores, details) => (score.stepIndex === null ? asLatest(listOf(scores), details) : scores),
      steps: (steps, details) =>
        listOf(steps).map((step) =>
          isStoredStep(step) && step.index === score.stepIndex ? Object.assign({}, step, { scores: asLatest(step.scores, details) }) : step,
        ),
    },
  });
}

/** A list of the cache is a list. */
function listOf<T>(value: readonly T[] | Reference): readonly T[] {
  return "__ref" in value ? [] : value;
}

/** A step as the cache keeps it, if its scores were loaded. */
interface StoredStep {
  index: number;
  scores: readonly Reference[];
}

function isStoredStep(step: object): step is StoredStep {
  return "index" in step && "scores" in step && Array.isArray(step.scores);
}
