import { Text } from "@mantine/core";
import { memo, type ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { ScoreMark } from "../../../../shared/scores/ScoreMark.tsx";
import { LongText } from "./LongText.tsx";
import classes from "./Reading.module.css";
import { type ReadStep, stepAnchor } from "./TraceReading.ts";

interface Props {
  step: ReadStep;
  isSource: boolean;
  /** Whether the address points to it. */
  isMarked: boolean;
}

/** A step: its index as a link to it, its type, its text and its latest scores. */
export const StepBlock = memo(function StepBlock({ step, isSource, isMarked }: Props): ReactElement {
  const anchor = stepAnchor(step.index);
  return (
    <article className={classes.step} data-marked={isMarked} id={anchor} aria-label={`Step ${step.index}`} aria-current={isMarked ? "location" : undefined}>
      <StepLink anchor={anchor} index={step.index} />
      <div className={classes.content}>
        <div className={classes.stepHead}>
          <Text size="xs" c="dimmed" component="span" dir="auto">
            {step.type}
          </Text>
          {step.scores.map((score) => (
            <ScoreMark key={score.id} {...score} />
          ))}
        </div>
        <LongText text={step.content} isSource={isSource} />
      </div>
    </article>
  );
});

function StepLink({ anchor, index }: { anchor: string; index: number }): ReactElement {
  const { search } = useLocation();
  return (
    <Link className={classes.number} to={{ search, hash: anchor }} replace aria-label={`Link to step ${index}`}>
      {index}
    </Link>
  );
}
