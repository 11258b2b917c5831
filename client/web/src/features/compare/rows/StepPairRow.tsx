import { memo, type ReactElement } from "react";
import { ScoreMark } from "../../../shared/scores/ScoreMark.tsx";
import classes from "../Compare.module.css";
import type { StepPair } from "./align.ts";
import { ComparedText } from "./ComparedText.tsx";
import type { TraceStep } from "./ComparedTrace.ts";

interface Props {
  pair: StepPair<TraceStep>;
  /** Whether it is the first pair that differs. */
  isFirst: boolean;
  /** Whether one went to it by key. */
  isMarked: boolean;
}

/** Two steps side by side. */
export const StepPairRow = memo(function StepPairRow({ pair, isFirst, isMarked }: Props): ReactElement {
  const { base, other, isDifferent } = pair;
  return (
    <article className={classes.pair} data-different={isDifferent} data-marked={isMarked} aria-label={nameOf(pair, isFirst)}>
      {isFirst && <span className={classes.first}>First difference</span>}
      <div className={classes.row}>
        <ComparedText
          base={base?.content}
          other={other?.content}
          heads={{ base: base ? <StepHead step={base} /> : null, other: other ? <StepHead step={other} /> : null }}
        />
      </div>
    </article>
  );
});

function nameOf({ base, other, isDifferent }: StepPair, isFirst: boolean): string {
  const steps = `Step ${base?.index ?? "none"} beside step ${other?.index ?? "none"}`;
  return `${steps}, ${isDifferent ? "different" : "the same"}${isFirst ? ", the first difference" : ""}`;
}

function StepHead({ step }: { step: TraceStep }): ReactElement {
  return (
    <div className={classes.stepHead}>
      <span className={classes.number}>{step.index}</span>
      <span dir="auto">{step.type}</span>
      {step.scores.map((score) => (
        <ScoreMark key={score.id} {...score} />
      ))}
    </div>
  );
}
