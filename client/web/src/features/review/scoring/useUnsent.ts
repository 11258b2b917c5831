import { type Dispatch, useCallback, useEffect, useRef } from "react";
import type { ScoreInput } from "../../../gql/graphql.ts";
import type { Move, Sitting } from "../queue/sitting.ts";

/**
 * Holds the scores of the trace that was completed last, so that an undo takes them back before they are stored; returns
 * what takes the scores of a completed trace. They are sent with those of the next trace, at the end of the queue, and when
 * the page is left or hidden. Scores of a trace that has stored ones are sent at once, to replace them.
 */
export function useUnsent(
  { unsent, done }: Sitting,
  move: Dispatch<Move>,
  store: (trace: string, scores: ScoreInput[]) => void,
  isAtEnd: boolean,
): (trace: string, scores: ScoreInput[]) => void {
  const held = useRef(unsent);
  useEffect(() => {
    held.current = unsent;
  }, [unsent]);
  const send = useCallback((): void => {
    const parcel = held.current;
    held.current = null;
    if (parcel !== null) {
      move({ kind: "sent" });
      store(parcel.trace, parcel.scores);
    }
  }, [move, store]);
  useEffect(() => {
    const sendIfHidden = (): void => {
      if (document.visibilityState === "hidden") {
        send();
      }
    };
    document.addEventListener("visibilitychange", sendIfHidden);
    window.addEventListener("pagehide", send);
    return () => {
      document.removeEventListener("visibilitychange", sendIfHidden);
      window.removeEventListener("pagehide", send);
      send();
    };
  }, [send]);
  useEffect(() => {
    if (isAtEnd && unsent !== null) {
      send();
    }
  }, [isAtEnd, unsent, send]);
  return (trace, scores) => {
    send();
    if (done.has(trace)) {
      store(trace, scores);
    } else {
      move({ kind: "hold", trace, scores });
    }
  };
}
