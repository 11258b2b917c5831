import { memo, type ReactElement, useEffect, useRef } from "react";
import { UnstyledButton } from "@mantine/core";
import { Markdown } from "../../../shared/markdown/Markdown.tsx";
import { answerText } from "../scoring/answerText.ts";
import type { Answers } from "../queue/sitting.ts";
import type { Item } from "../rubric/rubric.ts";
import classes from "./TraceText.module.css";

interface Props {
  step: { index: number; type: string; content: string };
  /** The scores that the step is to have. */
  items: readonly Item[];
  answers: Answers;
  isCurrent: boolean;
  onChoose: (item: Item) => void;
}

/** One step, with the scores that it was given. */
export const StepText = memo(function StepText({ step, items, answers, isCurrent, onChoose }: Props): ReactElement {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) {
      element.current?.scrollIntoView({ block: "nearest" });
    }
  }, [isCurrent]);
  return (
    <li ref={element} className={classes.step} aria-current={isCurrent ? "step" : undefined}>
      <div className={classes.stepHead}>
        <span>
          {step.index} {step.type}
        </span>
        {items.map((item) => {
          const answer = answers[item.key];
          return (
            <UnstyledButton key={item.key} className={classes.given} onClick={() => onChoose(item)}>
              {answer === undefined ? "not scored" : answerText(item, answer)}
            </UnstyledButton>
          );
        })}
      </div>
      <Markdown text={step.content} />
    </li>
  );
});
