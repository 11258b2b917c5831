import { useMutation } from "@apollo/client/react";
import { useMemo } from "react";
import type { ScoreInput } from "../../../gql/graphql.ts";
import { shownErrors, type ShownError, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { UNSEEN } from "../../../shared/live/changes.ts";
import { CREATE_SCORES, DELETE_SCORES } from "./documents.ts";

/** The ids of stored scores, or why there are none. */
interface Response {
  ids: readonly string[];
  errors: ShownError[];
}

interface ScoreRequests {
  create: (scores: readonly ScoreInput[], idempotencyKey: string) => Promise<Response>;
  /** Deletes scores by their ids; sends nothing if there are none. */
  remove: (ids: readonly string[]) => Promise<Response>;
}

const NOTHING: Response = { ids: [], errors: [] };
/** The characters of scores whose request is within the 64 KiB that browsers permit, in any script. */
const KEEPALIVE_MAX = 15_000;

/** The requests that store and delete scores. They fail with errors to show, never by an exception. */
export function useScoreRequests(): ScoreRequests {
  const [createScores] = useMutation(CREATE_SCORES);
  const [deleteScores] = useMutation(DELETE_SCORES);
  return useMemo(
    () => ({
      create: (scores, idempotencyKey) =>
        createScores({ context: contextOf(scores), variables: { input: { scores: [...scores], idempotencyKey } } }).then(
          ({ data }) => ({
            ids: data?.createScores.scores?.map(({ id }) => id) ?? [],
            errors: shownUserErrors(data?.createScores.errors ?? []),
          }),
          failureOf,
        ),
      remove: (ids) =>
        ids.length === 0
          ? Promise.resolve(NOTHING)
          : deleteScores({ context: contextOf(ids), variables: { input: { ids: [...ids] } } }).then(
              ({ data }) => ({ ids: [], errors: shownUserErrors(data?.deleteScores.errors ?? []) }),
              failureOf,
            ),
    }),
    [createScores, deleteScores],
  );
}

/** A browser sends a request with `keepalive` also after its page was left, unless it is large. */
function contextOf(sent: unknown): object {
  return { ...UNSEEN, fetchOptions: { keepalive: JSON.stringify(sent).length < KEEPALIVE_MAX } };
}

function failureOf(error: unknown): Response {
  return { ids: [], errors: shownErrors(error) };
}
