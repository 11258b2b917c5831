import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text, Title } from "@mantine/core";
import { type ReactElement, type ReactNode, useMemo } from "react";
import { useLocation, useNavigate } from "react-router";
import type { TraceReadingFragment } from "../../../../gql/graphql.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { referenceAnswer } from "../../../../shared/referenceAnswer.ts";
import { LongText } from "./LongText.tsx";
import classes from "./Reading.module.css";
import { Steps } from "./Steps.tsx";
import { markedStep, type ReadStep, stepAnchor, TRACE_READING } from "./TraceReading.ts";

interface Props {
  trace: FragmentType<TraceReadingFragment>;
  /** Whether texts are shown as they are, without Markdown. */
  isSource: boolean;
  /** The content after the final answer. */
  children?: ReactNode;
}

/** A trace to read: prompt, steps, final answer, and the reference answer where there is one. */
export function Reading({ trace, isSource, children }: Props): ReactElement | null {
  const { data, complete } = useFragment({ fragment: TRACE_READING, from: trace });
  return complete ? (
    <div className={classes.reading}>
      <Part title="Prompt">
        <LongText text={data.prompt} isSource={isSource} />
      </Part>
      <StepsPart steps={data.steps} isSource={isSource} />
      <Part title="Final answer" isStrong>
        <LongText text={data.finalAnswer} isSource={isSource} />
      </Part>
      <ReferencePart reference={data.referenceAnswer ?? referenceAnswer(data.meta)} isSource={isSource} />
      {children}
    </div>
  ) : null;
}

function StepsPart({ steps, isSource }: { steps: readonly ReadStep[]; isSource: boolean }): ReactElement {
  const { hash } = useLocation();
  const marked = markedStep(hash);
  useStepKeys(steps, marked);
  return (
    <section aria-label="Steps">
      <PartTitle title={`Steps (${steps.length})`} />
      <Steps steps={steps} isSource={isSource} marked={marked} />
    </section>
  );
}

/** `j` and `k` go from step to step; the address points to the marked one. */
function useStepKeys(steps: readonly ReadStep[], marked: number | undefined): void {
  const navigate = useNavigate();
  const { search } = useLocation();
  const keys = useMemo(() => {
    const go = (by: number) => (): void => {
      const position = steps.findIndex((step) => step.index === marked);
      const next = steps[position < 0 && by < 0 ? steps.length - 1 : Math.min(Math.max(position + by, 0), steps.length - 1)];
      if (next !== undefined) {
        void navigate({ search, hash: stepAnchor(next.index) }, { replace: true });
      }
    };
    return [
      { keys: "j", label: "Next step", run: go(1) },
      { keys: "k", label: "Previous step", run: go(-1) },
    ];
  }, [steps, marked, navigate, search]);
  useKeys("Trace", keys);
}

function ReferencePart({ reference, isSource }: { reference: string | undefined; isSource: boolean }): ReactElement | null {
  return reference === undefined ? null : (
    <Part title="Reference answer">
      <LongText text={reference} isSource={isSource} />
    </Part>
  );
}

function Part({ title, isStrong = false, children }: { title: string; isStrong?: boolean; children: ReactNode }): ReactElement {
  return (
    <section aria-label={title} className={classes.part}>
      <PartTitle title={title} />
      <Text component="div" size="md" fw={isStrong ? 500 : undefined}>
        {children}
      </Text>
    </section>
  );
}

function PartTitle({ title }: { title: string }): ReactElement {
  return (
    <Title order={2} className={classes.partTitle}>
      {title}
    </Title>
  );
}
