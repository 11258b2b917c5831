import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useCallback, useMemo, useRef } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../../shared/feedback/RowSkeletons.tsx";
import { piecesOf } from "../reading/text.ts";
import classes from "./TrainingText.module.css";

export const TRAINING_TEXT = graphql(`
  query TrainingText($id: ID!) {
    trace(id: $id) {
      id
      trainingText {
        prompt
        target
      }
    }
  }
`);

/** Why a trace has no training text. */
export const LEFT_OUT = "This trace has no final answer, so supervised training leaves it out.";

/** The text of a trace that a model sees in training, with the target tokens underlined. */
export function TrainingTextView({ id }: { id: string }): ReactElement {
  const { data, error, refetch } = useQuery(TRAINING_TEXT, { variables: { id } });
  const text = data?.trace?.trainingText;
  return (
    <section className={classes.view} aria-label="Training text">
      <Text size="xs" c="dimmed" mb={8}>
        What the model sees in training. The loss is computed from the <span className={classes.target}>underlined</span> part only.
        A model with another chat markup has its own control tokens in place of these.
      </Text>
      {error && <ErrorNotice title="The training text could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      {text === undefined && !error && <RowSkeletons />}
      {text === null && <Text>{LEFT_OUT}</Text>}
      {text && <TrainingPieces prompt={text.prompt} target={text.target} />}
    </section>
  );
}

function TrainingPieces({ prompt, target }: { prompt: string; target: string }): ReactElement {
  const pieces = useMemo(
    () => [
      ...piecesOf(prompt).map((text) => ({ text, isTarget: false })),
      ...piecesOf(target).map((text) => ({ text, isTarget: true })),
    ],
    [prompt, target],
  );
  const list = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: pieces.length,
    getScrollElement: useCallback(() => list.current?.closest("main") ?? document.documentElement, []),
    estimateSize: () => 900,
    overscan: 2,
  });
  return (
    <div ref={list} className={classes.pieces} style={{ height: virtual.getTotalSize() }} dir="auto">
      {virtual.getVirtualItems().map(({ index, start, key }) => (
        <div key={key} ref={virtual.measureElement} data-index={index} style={{ transform: `translateY(${start}px)` }}>
          <span className={pieces[index]?.isTarget ? classes.target : undefined}>{withoutLastBreak(pieces[index]?.text ?? "")}</span>
        </div>
      ))}
    </div>
  );
}

/** A piece is a separate block, which ends the line already. */
function withoutLastBreak(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
