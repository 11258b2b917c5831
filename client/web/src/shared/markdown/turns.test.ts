import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Turns } from "./turns.ts";

let now = 0;

/** Reports elements as near the screen, at heights in pixels, when a test calls for it. */
class ScreenObserver {
  static report: (tops: readonly [Element, number][], isIntersecting?: boolean) => void = () => {};
  constructor(callback: (entries: object[]) => void) {
    ScreenObserver.report = (tops, isIntersecting = true) =>
      callback(tops.map(([target, top]) => ({ target, isIntersecting, boundingClientRect: { top, bottom: top + 10 } })));
  }
  observe(): void {}
  unobserve(): void {}
}

type FiveElements = [Element, Element, Element, Element, Element];

function make(): Element {
  return document.createElement("div");
}

/** Has five elements wait, each of which takes 10 ms; returns them and the places of those that had their turn. */
function waitingElements(turns: Turns): { elements: FiveElements; started: number[]; leave: (() => void)[] } {
  const elements: FiveElements = [make(), make(), make(), make(), make()];
  const started: number[] = [];
  const leave = elements.map((element, place) =>
    turns.wait(element, () => {
      started.push(place);
      now += 10;
    }),
  );
  return { elements, started, leave };
}

beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("IntersectionObserver", ScreenObserver);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("gives turns to elements near the screen, those on it first, a few in a slice, and none before it is open", () => {
  const turns = new Turns();
  const { elements: [a, b, c, d, e], started, leave } = waitingElements(turns);
  ScreenObserver.report([[a, -80], [b, -20], [c, 5], [d, 15], [e, 900]]);
  ScreenObserver.report([[e, 2000]], false);
  leave[0]?.();
  vi.runAllTimers();
  expect(started).toEqual([]);

  turns.open();
  vi.runOnlyPendingTimers();
  expect(started).toEqual([2, 3]);
  vi.runAllTimers();
  expect(started).toEqual([2, 3, 1]);

  window.dispatchEvent(new Event("beforeprint"));
  expect(started).toEqual([2, 3, 1, 4]);
});

it("has time in each render for what takes no longer than a moment together", () => {
  const turns = new Turns();
  expect(turns.hasTime()).toBe(false);
  turns.open();
  expect(turns.hasTime()).toBe(true);
  now += 39;
  expect(turns.hasTime()).toBe(true);
  now += 1;
  expect(turns.hasTime()).toBe(false);
  vi.runAllTimers();
  expect(turns.hasTime()).toBe(true);
});
