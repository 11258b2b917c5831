import { useMutation } from "@apollo/client/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { ScoreInput } from "../../../gql/graphql.ts";
import { shownErrors, type ShownError, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { notifyErrors } from "../../../shared/feedback/settle.ts";
import { UNSEEN } from "../../../shared/live/changes.ts";
import { randomKey } from "../../../shared/useIdempotencyKey.ts";

const CREATE_SCORES = graphql(`
  mutation ReviewScores($input: CreateScoresInput!) {
    createScores(input: $input) {
      createdCount
      errors {
        code
        message
        path
      }
    }
  }
`);

/** The scores of one trace, on their way to the server. */
interface Parcel {
  trace: string;
  scores: ScoreInput[];
  /** Makes a repeated request store them once. */
  idempotencyKey: string;
}

/** The scores of a trace that could not be stored, and why. */
export interface Refused extends Parcel {
  errors: ShownError[];
}

interface Storing {
  store: (trace: string, scores: ScoreInput[]) => void;
  /** The number of traces whose scores are on their way. */
  waiting: number;
  refused: readonly Refused[];
  /** Sends the refused scores again. */
  retry: () => void;
}

interface Outcome {
  /** `items` is the number of the trace's scores. */
  onStored: (trace: string, items: number) => void;
  onRefused: (trace: string) => void;
}

/** The heading over why scores were not stored. */
export const NOT_STORED = "Some scores could not be stored";

/**
 * Stores the scores of traces one after the other, so that the newest of a trace are stored last. Scores that are
 * refused are offered to be sent again, unless newer ones of the trace were given meanwhile. Those that are refused after
 * the review was left are reported on the page that is open then.
 */
export function useStoring({ onStored, onRefused }: Outcome): Storing {
  const [create] = useMutation(CREATE_SCORES, { context: UNSEEN });
  const [waiting, setWaiting] = useState(0);
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const line = useRef<Promise<void>>(Promise.resolve());
  /** The keys of the newest scores of each trace. */
  const newest = useRef(new Map<string, string>());
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  const send = useCallback(
    async (parcel: Parcel): Promise<void> => {
      const { trace, scores, idempotencyKey } = parcel;
      const errors = await create({ variables: { input: { scores, idempotencyKey } } }).then(
        ({ data }) => shownUserErrors(data?.createScores.errors ?? []),
        shownErrors,
      );
      setWaiting((count) => count - 1);
      if (errors.length === 0) {
        onStored(trace, scores.length);
      } else if (!isHere.current) {
        notifyErrors(NOT_STORED, errors);
      } else if (newest.current.get(trace) === idempotencyKey) {
        setRefused((before) => [...before, { ...parcel, errors }]);
        onRefused(trace);
      }
    },
    [create, onStored, onRefused],
  );
  const enqueue = useCallback(
    (parcel: Parcel) => {
      setWaiting((count) => count + 1);
      line.current = line.current.then(() => send(parcel));
    },
    [send],
  );
  const store = useCallback(
    (trace: string, scores: ScoreInput[]) => {
      setRefused((before) => before.filter((parcel) => parcel.trace !== trace));
      const parcel = { trace, scores, idempotencyKey: randomKey() };
      newest.current.set(trace, parcel.idempotencyKey);
      enqueue(parcel);
    },
    [enqueue],
  );
  const retry = useCallback(() => {
    setRefused([]);
    for (const parcel of refused) {
      enqueue(parcel);
    }
  }, [enqueue, refused]);
  return { store, waiting, refused, retry };
}
