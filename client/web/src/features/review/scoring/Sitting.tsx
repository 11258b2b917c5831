import { type ReactElement, useCallback, useEffect, useReducer } from "react";
import type { TraceWhere } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { draftsOf, keepDrafts } from "../queue/drafts.ts";
import { applyMove, lastAnswer, type Place, START } from "../queue/sitting.ts";
import { useReviewQueue } from "../queue/useReviewQueue.ts";
import type { Rubric } from "../rubric/rubric.ts";
import { OneTrace } from "./OneTrace.tsx";
import { Progress } from "./Progress.tsx";
import { QueueEnd } from "./QueueEnd.tsx";
import classes from "./Sitting.module.css";
import { TITLES, useStoring } from "./useStoring.ts";

interface Props {
  where: TraceWhere;
  rubric: Rubric;
  reviewer: string;
  /** Opens the queue again, with the skipped traces. */
  onAgain: () => void;
}

/** A queue from its first trace without a score to its end. */
export function Sitting({ where, rubric, reviewer, onAgain }: Props): ReactElement {
  const place = JSON.stringify([where, rubric, reviewer]);
  const [sitting, move] = useReducer(applyMove, undefined, () => ({ ...START, answers: draftsOf(place) }));
  useEffect(() => keepDrafts(place, sitting), [place, sitting]);
  const { pages, total } = useReviewQueue(where, rubric, reviewer);
  const onStored = useCallback((trace: string) => move({ kind: "stored", trace }), []);
  const onRefused = useCallback((trace: string) => move({ kind: "refused", trace }), []);
  const { store, takeBack, waiting, refused, retry } = useStoring({ onStored, onRefused });
  const undo = useCallback(
    (from: Place) => {
      const last = lastAnswer(sitting, from);
      if (last !== undefined) {
        takeBack(last.trace);
      }
      move({ kind: "undo", ...from });
    },
    [sitting, takeBack],
  );

  const ids = pages.rows.map(({ id }) => id);
  const id = ids[sitting.at];
  if (pages.error !== undefined && id === undefined) {
    return <ErrorNotice title="The queue could not be loaded" errors={shownErrors(pages.error)} onRetry={pages.reload} isInset />;
  }
  if (id === undefined && pages.isLoading) {
    return <RowSkeletons />;
  }
  const reviewed = (total ?? 0) - (pages.total ?? 0) + sitting.done.size;
  return (
    <>
      <Progress reviewed={reviewed} total={total} waiting={waiting} />
      {refused.length > 0 && (
        <div className={classes.notice}>
          <ErrorNotice title={TITLES[refused[0]?.parcel.kind ?? "store"]} errors={refused.flatMap(({ errors }) => errors)} onRetry={retry} isByHand />
        </div>
      )}
      {id === undefined ? (
        <QueueEnd
          where={where}
          rubric={rubric}
          reviewer={reviewer}
          isEmpty={total === 0}
          skipped={ids.length - sitting.done.size}
          isStoring={waiting > 0}
          onUndo={() => undo({ trace: undefined, items: [], before: ids[sitting.at - 1] })}
          onAgain={onAgain}
        />
      ) : (
        <OneTrace
          id={id}
          ids={ids}
          rubric={rubric}
          reviewer={reviewer}
          sitting={sitting}
          move={move}
          onComplete={store}
          onUndo={undo}
          onNearEnd={pages.loadMore}
        />
      )}
    </>
  );
}
