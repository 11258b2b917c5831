import type { ReactElement } from "react";
import { VirtualRows } from "../../../../shared/virtual/VirtualRows.tsx";
import { StepBlock } from "./StepBlock.tsx";
import type { ReadStep } from "./TraceReading.ts";

/** Height of a step before it is measured: a heading, and a line of text for every hundred characters. */
const HEAD_HEIGHT = 52;
const LINE_HEIGHT = 22;
const SHOWN_LINES_MAX = 45;

interface Props {
  steps: readonly ReadStep[];
  isSource: boolean;
  /** Index of the step to which the address points. */
  marked: number | undefined;
}

/** The steps of a trace; of a large one, only those on the screen are in the document. */
export function Steps({ steps, isSource, marked }: Props): ReactElement {
  const position = steps.findIndex((step) => step.index === marked);
  return (
    <VirtualRows
      rows={steps}
      keyOf={(step) => step.index}
      heightOf={estimatedHeight}
      shown={position < 0 ? undefined : position}
      render={(step) => <StepBlock step={step} isSource={isSource} isMarked={step.index === marked} />}
    />
  );
}

function estimatedHeight(step: ReadStep): number {
  return HEAD_HEIGHT + LINE_HEIGHT * Math.min(Math.ceil(step.content.length / 100), SHOWN_LINES_MAX);
}
