import { useCallback, useEffect, useRef, useState } from "react";
import type { ScoreInput } from "../../../gql/graphql.ts";
import type { ShownError } from "../../../shared/feedback/errors.ts";
import { notifyErrors } from "../../../shared/feedback/settle.ts";
import { randomKey } from "../../../shared/useIdempotencyKey.ts";
import { useScoreRequests } from "./useScoreRequests.ts";

/** The scores of one trace, which are stored or taken back. */
interface Parcel {
  kind: "store" | "takeBack";
  trace: string;
  /** The scores to store; empty to take back those that were stored. */
  scores: readonly ScoreInput[];
  /** Makes a repeated request store them once. */
  idempotencyKey: string;
}

/** The scores of a trace that could not be stored or taken back, and why. */
export interface Refused {
  parcel: Parcel;
  errors: ShownError[];
}

interface Storing {
  store: (trace: string, scores: readonly ScoreInput[]) => void;
  /** Deletes the scores of a trace that were stored in this sitting, if there are any. */
  takeBack: (trace: string) => void;
  /** The number of traces whose scores are on their way. */
  waiting: number;
  refused: readonly Refused[];
  /** Sends everything again that was refused. */
  retry: () => void;
}

interface Outcome {
  onStored: (trace: string) => void;
  onRefused: (trace: string) => void;
}

/** The heading over why scores were not stored, or not taken back. */
export const TITLES: Record<Parcel["kind"], string> = {
  store: "Some scores could not be stored",
  takeBack: "Some scores could not be taken back",
};

/**
 * Stores the scores of traces, and takes them back; requests about one trace are sent one after the other. Those that are
 * refused are offered to be sent again, unless a newer one is about the same trace. Those that are refused after the
 * review was left are reported on the page that is open then.
 */
export function useStoring({ onStored, onRefused }: Outcome): Storing {
  const requests = useScoreRequests();
  const [waiting, setWaiting] = useState<readonly Parcel[]>([]);
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const lines = useRef(new Map<string, Promise<void>>());
  /** The newest parcel of each trace. */
  const newest = useRef(new Map<string, Parcel>());
  /** The ids of the stored scores of each trace. */
  const stored = useRef(new Map<string, readonly string[]>());
  const isHere = useIsHere();

  const perform = useCallback(
    async ({ kind, trace, scores, idempotencyKey }: Parcel): Promise<ShownError[]> => {
      const before = stored.current.get(trace) ?? [];
      const { ids, errors } = await (kind === "store" ? requests.create(scores, idempotencyKey) : requests.remove(before));
      if (errors.length === 0) {
        stored.current.set(trace, kind === "store" ? [...before, ...ids] : []);
      }
      return errors;
    },
    [requests],
  );
  const send = useCallback(
    async (parcel: Parcel): Promise<void> => {
      const errors = await perform(parcel);
      const isNewest = newest.current.get(parcel.trace) === parcel;
      setWaiting((others) => others.filter((each) => each !== parcel));
      if (errors.length > 0 && !isHere.current) {
        notifyErrors(TITLES[parcel.kind], errors);
      } else if (errors.length > 0 && isNewest) {
        setRefused((earlier) => [...earlier, { parcel, errors }]);
      }
      if (parcel.kind === "store" && isNewest) {
        (errors.length > 0 ? onRefused : onStored)(parcel.trace);
      }
    },
    [perform, isHere, onStored, onRefused],
  );
  const enqueue = useCallback(
    (parcel: Parcel): void => {
      setWaiting((others) => [...others, parcel]);
      newest.current.set(parcel.trace, parcel);
      setRefused((earlier) => earlier.filter((each) => each.parcel.trace !== parcel.trace));
      lines.current.set(parcel.trace, (lines.current.get(parcel.trace) ?? Promise.resolve()).then(() => send(parcel)));
    },
    [send],
  );
  const store = useCallback(
    (trace: string, scores: readonly ScoreInput[]) => enqueue({ kind: "store", trace, scores, idempotencyKey: randomKey() }),
    [enqueue],
  );
  const takeBack = useCallback(
    (trace: string) => {
      if (newest.current.get(trace)?.kind === "store") {
        enqueue({ kind: "takeBack", trace, scores: [], idempotencyKey: "" });
      }
    },
    [enqueue],
  );
  useLeaveQuestion(waiting.some(({ kind }) => kind === "takeBack"));
  const retry = (): void => refused.forEach(({ parcel }) => enqueue(parcel));
  return { store, takeBack, waiting: waiting.length, refused, retry };
}

/** Whether the component is still mounted. */
function useIsHere(): { readonly current: boolean } {
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  return isHere;
}

/** Lets the browser ask before the page is left: a request that waits for another one would not be sent. */
function useLeaveQuestion(isAsked: boolean): void {
  useEffect(() => {
    if (!isAsked) {
      return undefined;
    }
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isAsked]);
}
