import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import classes from "./Reading.module.css";
import { StepBlock } from "./StepBlock.tsx";
import { type ReadStep, stepAnchor } from "./TraceReading.ts";

/** Up to these sizes all steps are in the document, where the browser's own search finds them. */
const ALL_STEPS_MAX = 80;
const ALL_CHARACTERS_MAX = 200_000;
/** Height of a step before it is measured: a heading, and a line of text for every hundred characters. */
const HEAD_HEIGHT = 52;
const LINE_HEIGHT = 22;
const SHOWN_LINES_MAX = 45;

interface Props {
  steps: readonly ReadStep[];
  charCount: number;
  isSource: boolean;
  /** Index of the step to which the address points. */
  marked: number | undefined;
}

/** The steps of a trace; of a large one, only those on the screen are in the document. */
export function Steps(props: Props): ReactElement {
  const isLarge = props.steps.length > ALL_STEPS_MAX || props.charCount > ALL_CHARACTERS_MAX;
  return isLarge ? <VirtualSteps {...props} /> : <AllSteps {...props} />;
}

function AllSteps({ steps, isSource, marked }: Props): ReactElement {
  useEffect(() => {
    if (marked !== undefined) {
      document.getElementById(stepAnchor(marked))?.scrollIntoView({ block: "nearest" });
    }
  }, [marked]);
  return (
    <>
      {steps.map((step) => (
        <StepBlock key={step.index} step={step} isSource={isSource} isMarked={step.index === marked} />
      ))}
    </>
  );
}

function VirtualSteps({ steps, isSource, marked }: Props): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const scroller = useCallback(() => list.current?.closest("main") ?? document.documentElement, []);
  useLayoutEffect(() => watchOffset(list.current, scroller(), setMargin), [scroller]);
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: steps.length,
    getScrollElement: scroller,
    estimateSize: (position) => estimatedHeight(steps[position]),
    getItemKey: (position) => steps[position]?.index ?? position,
    overscan: 4,
    scrollMargin: margin,
  });
  useEffect(() => {
    const position = steps.findIndex((step) => step.index === marked);
    if (position >= 0) {
      virtual.scrollToIndex(position, { align: "auto" });
    }
  }, [marked, steps, virtual]);
  return (
    <div ref={list} className={classes.virtual} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const step = steps[item.index];
        return (
          step && (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} style={{ transform: `translateY(${item.start - margin}px)` }}>
              <StepBlock step={step} isSource={isSource} isMarked={step.index === marked} />
            </div>
          )
        );
      })}
    </div>
  );
}

function estimatedHeight(step: ReadStep | undefined): number {
  return HEAD_HEIGHT + LINE_HEIGHT * Math.min(Math.ceil((step?.content.length ?? 0) / 100), SHOWN_LINES_MAX);
}

/** Reports how far below the top of what scrolls an element begins, also when something above it changes its height. */
function watchOffset(element: HTMLElement | null, scroller: Element, report: (offset: number) => void): () => void {
  if (element === null) {
    return () => {};
  }
  const measure = (): void => {
    const offset = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    report(Math.round(offset));
  };
  measure();
  const observer = new ResizeObserver(measure);
  for (let above = element.previousElementSibling; above !== null; above = above.previousElementSibling) {
    observer.observe(above);
  }
  if (element.parentElement?.previousElementSibling) {
    observer.observe(element.parentElement.previousElementSibling);
  }
  return () => observer.disconnect();
}
