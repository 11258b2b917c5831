import { useApolloClient, useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { type Dispatch, type ReactElement, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { ScoreInput } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import type { Answers, Move, Place, Sitting } from "../queue/sitting.ts";
import { type Item, itemsOf, type Rubric } from "../rubric/rubric.ts";
import { REVIEW_TRACE } from "../trace/documents.ts";
import { TraceText } from "../trace/TraceText.tsx";
import { ScorePanel, SkipButton } from "./ScorePanel.tsx";
import { scoresOf } from "./scores.ts";
import classes from "./Sitting.module.css";
import { useReviewKeys } from "./useReviewKeys.ts";

interface Props {
  id: string;
  /** The queue as far as it is loaded. */
  ids: readonly string[];
  rubric: Rubric;
  reviewer: string;
  sitting: Sitting;
  move: Dispatch<Move>;
  onComplete: (trace: string, scores: readonly ScoreInput[]) => void;
  onUndo: (from: Place) => void;
  onNearEnd: () => void;
}

const NO_ANSWERS: Answers = {};
/** The number of traces before the end of the loaded ones at which more are requested. */
const NEAR = 10;

/** The trace that is reviewed, and the panel that scores it. */
export function OneTrace({ id, ids, rubric, reviewer, sitting, move, onComplete, onUndo, onNearEnd }: Props): ReactElement {
  const { data, previousData, error, refetch } = useQuery(REVIEW_TRACE, { variables: { id } });
  useUpcoming(ids[sitting.at + 1]);
  useEffect(() => {
    if (sitting.at + NEAR >= ids.length) {
      onNearEnd();
    }
  }, [sitting.at, ids.length, onNearEnd]);

  const shown = data ?? previousData;
  const trace = shown?.trace;
  const steps = trace?.id === id ? trace.steps : undefined;
  const items = useMemo(() => itemsOf(rubric, steps?.map(({ index }) => index) ?? []), [rubric, steps]);
  const answers = sitting.answers[id] ?? NO_ANSWERS;
  const current = items.find(({ key }) => key === sitting.chosen) ?? items.find(({ key }) => answers[key] === undefined) ?? items[0];
  const { comment, setComment, commentField } = useComment(`${id} ${current?.key}`, current && answers[current.key]?.comment);

  const keys = items.map(({ key }) => key);
  const answer = (value: number): void => {
    if (current === undefined || steps === undefined) {
      return;
    }
    const given = { value, comment: comment.trim() };
    const all = { ...answers, [current.key]: given };
    move({ kind: "answer", trace: id, items: keys, item: current.key, answer: given });
    if (keys.every((key) => all[key] !== undefined)) {
      onComplete(id, scoresOf(id, items, all, reviewer));
    }
  };
  const choose = (item: Item): void => move({ kind: "choose", item: item.key });
  const skip = (): void => move({ kind: "skip" });
  const undo = (): void => onUndo({ trace: id, items: keys, before: ids[sitting.at - 1] });
  useReviewKeys({ items, current, onAnswer: answer, onSkip: skip, onUndo: undo, onChoose: choose, onComment: () => commentField.current?.focus() });

  if (error) {
    return (
      <Stack gap="sm" align="flex-start">
        <ErrorNotice title="The trace could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />
        <SkipButton onSkip={skip} />
      </Stack>
    );
  }
  if (data?.trace === null) {
    return (
      <EmptyState title="This trace was deleted" actions={<SkipButton onSkip={skip} />}>
        Skip it: the others of the queue are not affected.
      </EmptyState>
    );
  }
  if (trace === undefined || trace === null) {
    return <RowSkeletons />;
  }
  return (
    <div className={classes.columns}>
      <TraceText key={trace.id} trace={trace} items={items} answers={answers} current={current} onChoose={choose} isFirst={sitting.at === 0} />
      <aside className={classes.side} aria-label="Review">
        {current !== undefined && (
          <ScorePanel
            trace={id}
            items={items}
            answers={answers}
            current={current}
            comment={comment}
            onComment={setComment}
            commentField={commentField}
            onAnswer={answer}
            onChoose={choose}
            onSkip={skip}
            onUndo={undo}
            canUndo={sitting.at > 0 || Object.keys(answers).length > 0}
          />
        )}
      </aside>
    </div>
  );
}

/** Loads the next trace while this one is read. */
function useUpcoming(id: string | undefined): void {
  const client = useApolloClient();
  useEffect(() => {
    if (id !== undefined) {
      client.query({ query: REVIEW_TRACE, variables: { id } }).catch(() => undefined);
    }
  }, [client, id]);
}

/** The comment on the scored object: the earlier one, or none. */
function useComment(of: string, before: string | undefined): {
  comment: string;
  setComment: (comment: string) => void;
  commentField: RefObject<HTMLTextAreaElement | null>;
} {
  const [written, setWritten] = useState<{ of: string; text: string } | null>(null);
  const commentField = useRef<HTMLTextAreaElement>(null);
  return {
    comment: written?.of === of ? written.text : (before ?? ""),
    setComment: (text) => setWritten({ of, text }),
    commentField,
  };
}
