import { Text, Title } from "@mantine/core";
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import { Link } from "react-router";
import { Markdown } from "../../../shared/markdown/Markdown.tsx";
import { referenceAnswer } from "../../../shared/referenceAnswer.ts";
import type { Answers } from "../queue/sitting.ts";
import type { Item } from "../rubric/rubric.ts";
import { StepText } from "./StepText.tsx";
import type { ReviewedTrace } from "./documents.ts";
import classes from "./TraceText.module.css";

interface Props {
  trace: ReviewedTrace;
  items: readonly Item[];
  answers: Answers;
  /** The score that is asked for. */
  current: Item | undefined;
  onChoose: (item: Item) => void;
  /** Whether it is the first one, which leaves the page where it is. */
  isFirst: boolean;
}

/** A trace to be read and scored, from its prompt to its final answer. */
export function TraceText({ trace, items, answers, current, onChoose, isFirst }: Props): ReactElement {
  const reference = trace.referenceAnswer ?? referenceAnswer(trace.meta);
  const top = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isFirst) {
      top.current?.scrollIntoView({ block: "start" });
    }
  }, [isFirst]);
  return (
    <article ref={top} className={classes.trace} aria-label="Trace">
      <Text size="xs" c="dimmed" className={classes.about}>
        <Link to={`/traces/${trace.uuid}`}>Open the trace</Link>
        {[trace.source, trace.externalId].filter((text) => text !== null).join(" · ")}
      </Text>
      <Part title="Prompt">
        <Markdown text={trace.prompt} />
      </Part>
      <Part title={`${trace.steps.length} ${trace.steps.length === 1 ? "step" : "steps"}`}>
        <ol className={classes.steps}>
          {trace.steps.map((step) => (
            <StepText
              key={step.index}
              step={step}
              items={items.filter(({ stepIndex }) => stepIndex === step.index)}
              answers={answers}
              isCurrent={current?.stepIndex === step.index}
              onChoose={onChoose}
            />
          ))}
        </ol>
      </Part>
      <Part title="Final answer">
        <Markdown text={trace.finalAnswer} />
      </Part>
      {reference !== undefined && (
        <Part title="Reference answer">
          <Markdown text={reference} />
        </Part>
      )}
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className={classes.part}>
      <Title order={2} className={classes.title}>
        {title}
      </Title>
      {children}
    </section>
  );
}
