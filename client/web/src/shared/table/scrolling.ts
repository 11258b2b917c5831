import { observeElementOffset } from "@tanstack/react-virtual";

/** Milliseconds between updates of rows that pass faster than they can be seen. */
const GLIMPSE_MS = 100;

/** Milliseconds without a scroll event after which a table is at rest. */
export const REST_MS = 500;

/**
 * Reports how far a table is scrolled. A table that moves by more than its height from one frame to the next is drawn a
 * few times a second only, and as soon as it is slower: its rows would be gone before anybody has seen them. Near its
 * end it is always drawn, so that the next page is asked for.
 */
export const observeOffset: typeof observeElementOffset = (instance, report) => {
  let before: number | undefined;
  let drawn = 0;
  let later: ReturnType<typeof setTimeout> | undefined;
  const draw = (offset: number, isScrolling: boolean): void => {
    clearTimeout(later);
    drawn = performance.now();
    report(offset, isScrolling);
  };
  const stop = observeElementOffset(instance, (offset, isScrolling) => {
    const height = instance.scrollElement?.clientHeight ?? 0;
    const isPassing = isScrolling && before !== undefined && Math.abs(offset - before) >= height;
    const isNearEnd = offset >= instance.getTotalSize() - 2 * height;
    before = isScrolling ? offset : undefined;
    if (isPassing && !isNearEnd && performance.now() - drawn < GLIMPSE_MS) {
      clearTimeout(later);
      later = setTimeout(draw, GLIMPSE_MS, offset, true);
    } else {
      draw(offset, isScrolling);
    }
  });
  return () => {
    clearTimeout(later);
    stop?.();
  };
};
