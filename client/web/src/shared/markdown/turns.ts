import { flushSync } from "react-dom";

/** How long the elements of one render may take together before the others wait. */
const RENDER_MS = 40;
/** How long waiting elements may take together before the browser may draw. */
const SLICE_MS = 12;

/**
 * A queue of elements whose content is slow to lay out. Once it is open, elements render at once while there is time;
 * the others wait for their turns, those on the screen first, in slices that leave the page responsive.
 */
export class Turns {
  readonly #starts = new Map<Element, () => void>();
  readonly #onScreen = new Set<Element>();
  // jsdom has none.
  readonly #observer = typeof IntersectionObserver === "undefined" ? undefined : new IntersectionObserver((entries) => this.#note(entries));
  #isOpen = false;
  #isScheduled = false;
  #renderStart: number | undefined;

  /** Gives turns from now on. */
  open(): void {
    this.#isOpen = true;
    this.#schedule();
  }

  /** Returns whether the current render has time for another element. */
  hasTime(): boolean {
    if (this.#renderStart === undefined) {
      this.#renderStart = performance.now();
      setTimeout(() => {
        this.#renderStart = undefined;
      });
    }
    return this.#isOpen && performance.now() - this.#renderStart < RENDER_MS;
  }

  /** Calls `start` when it is an element's turn. Returns how to leave the queue. */
  wait(element: Element, start: () => void): () => void {
    this.#starts.set(element, start);
    this.#observer?.observe(element);
    this.#schedule();
    return () => this.#leave(element);
  }

  #leave(element: Element): void {
    this.#starts.delete(element);
    this.#onScreen.delete(element);
    this.#observer?.unobserve(element);
  }

  #note(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && this.#starts.has(target)) {
        this.#onScreen.add(target);
      } else {
        this.#onScreen.delete(target);
      }
    }
  }

  #schedule(): void {
    if (this.#isOpen && !this.#isScheduled && this.#starts.size > 0) {
      this.#isScheduled = true;
      setTimeout(() => this.#takeSlice());
    }
  }

  #takeSlice(): void {
    const end = performance.now() + SLICE_MS;
    while (this.#starts.size > 0 && performance.now() < end) {
      this.#takeTurn();
    }
    this.#isScheduled = false;
    this.#schedule();
  }

  #takeTurn(): void {
    const [element] = this.#onScreen.size > 0 ? this.#onScreen : this.#starts.keys();
    if (element !== undefined) {
      const start = this.#starts.get(element);
      this.#leave(element);
      // Rendered now, so that the slice knows how long it took.
      flushSync(() => start?.());
    }
  }
}
