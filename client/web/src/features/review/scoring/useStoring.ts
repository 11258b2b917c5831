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
  /** Sends refused scores again, and forgets the others that were refused. */
  retry: (parcels: readonly Refused[]) => void;
}

interface Outcome {
  /** `items` is the number of the trace's scores. */
  onStored: (trace: string, items: number) => void;
  onRefused: (trace: string) => void;
}

/** The characters of scores whose request is within the 64 KiB that browsers permit, in any script. */
const KEEPALIVE_MAX = 15_000;
/** The heading over why scores were not stored. */
export const NOT_STORED = "Some scores could not be stored";

/**
 * Stores the scores of traces one after the other, so that the newest of a trace are stored last. Scores that are
 * refused are offered to be sent again, unless newer ones of the trace were given meanwhile. Those that are refused after
 * the review was left are reported on the page that is open then.
 */
export function useStoring({ onStored, onRefused }: Outcome): Storing {
  const [create] = useMutation(CREATE_SCORES);
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
      // A browser sends such a request also after its page was left, unless it is large.
      const keepalive = JSON.stringify(scores).length < KEEPALIVE_MAX;
      const context = { ...UNSEEN, fetchOptions: { keepalive } };
      const errors = await create({ context, variables: { input: { scores, idempotencyKey } } }).then(
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
  const retry = useCallback(
    (parcels: readonly Refused[]) => {
      setRefused([]);
      for (const parcel of parcels) {
        enqueue(parcel);
      }
    },
    [enqueue],
  );
  return { store, waiting, refused, retry };
}
