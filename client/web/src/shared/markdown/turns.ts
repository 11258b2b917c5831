import { flushSync } from "react-dom";

/** The milliseconds that the elements of one render may take together before the others wait. */
const RENDER_MS = 40;
/** The milliseconds that waiting elements may take together before the browser may draw. */
const SLICE_MS = 12;
/** The distance from the screen at which elements take their turns, in shares of the element that scrolls. */
const NEAR = "100%";

/**
 * A queue of elements whose content is slow to lay out. Once it is open, elements render at once while there is time;
 * the others wait for their turns, which they take as they come near the screen, in slices that leave the page
 * responsive. Before the page is printed, all take theirs.
 */
export class Turns {
  readonly #starts = new Map<Element, () => void>();
  readonly #near = new Set<Element>();
  /** The observers by the elements that scroll. */
  readonly #observers = new WeakMap<Element, IntersectionObserver>();
  #isOpen = false;
  #isScheduled = false;
  #renderStart: number | undefined;

  /** Gives turns from now on. */
  open(): void {
    this.#isOpen = true;
    window.addEventListener("beforeprint", () => this.#takeAll());
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
    const observer = this.#observerOf(element.closest("main"));
    const leave = (): void => {
      this.#starts.delete(element);
      this.#near.delete(element);
      observer.unobserve(element);
    };
    this.#starts.set(element, () => {
      leave();
      start();
    });
    observer.observe(element);
    return leave;
  }

  #observerOf(scroller: Element | null): IntersectionObserver {
    const key = scroller ?? document.documentElement;
    const found = this.#observers.get(key) ?? new IntersectionObserver((entries) => this.#note(entries), { root: scroller, rootMargin: NEAR });
    this.#observers.set(key, found);
    return found;
  }

  #note(entries: readonly IntersectionObserverEntry[]): void {
    const byDistance = entries.toSorted((a, b) => distance(a) - distance(b));
    for (const { target, isIntersecting } of byDistance) {
      if (isIntersecting && this.#starts.has(target)) {
        this.#near.add(target);
      } else {
        this.#near.delete(target);
      }
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isOpen && !this.#isScheduled && this.#near.size > 0) {
      this.#isScheduled = true;
      setTimeout(() => this.#takeSlice());
    }
  }

  #takeSlice(): void {
    const end = performance.now() + SLICE_MS;
    for (const element of this.#near) {
      this.#take(element);
      if (performance.now() >= end) {
        break;
      }
    }
    this.#isScheduled = false;
    this.#schedule();
  }

  #takeAll(): void {
    for (const element of this.#starts.keys()) {
      this.#take(element);
    }
  }

  #take(element: Element): void {
    // Rendered now, so that the slice knows how long it took.
    flushSync(() => this.#starts.get(element)?.());
  }
}

/** Returns how far an element is from the screen, above or below it. */
function distance({ boundingClientRect: { top, bottom } }: IntersectionObserverEntry): number {
  return Math.max(0, -bottom, top - window.innerHeight);
}
