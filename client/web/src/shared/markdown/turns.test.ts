import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Turns } from "./turns.ts";

let now = 0;

/** Reports elements as on the screen when a test says so. */
class ScreenObserver {
  static report: (targets: readonly Element[], isIntersecting: boolean) => void = () => {};
  constructor(callback: (entries: { target: Element; isIntersecting: boolean }[]) => void) {
    ScreenObserver.report = (targets, isIntersecting) => callback(targets.map((target) => ({ target, isIntersecting })));
  }
  observe(): void {}
  unobserve(): void {}
}

/** Has five elements wait, each of which takes 10 ms; returns them and the places of those that had their turn. */
function waitingElements(turns: Turns): { elements: Element[]; started: number[]; leave: (() => void)[] } {
  const elements = Array.from({ length: 5 }, () => document.createElement("div"));
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

it("gives elements on the screen their turn first, a few in a slice, and none before it is open", () => {
  const turns = new Turns();
  const { elements, started, leave } = waitingElements(turns);
  ScreenObserver.report(elements.slice(2), true);
  ScreenObserver.report(elements.slice(4), false);
  leave[0]?.();
  vi.runAllTimers();
  expect(started).toEqual([]);

  turns.open();
  vi.runOnlyPendingTimers();
  expect(started).toEqual([2, 3]);
  vi.runOnlyPendingTimers();
  expect(started).toEqual([2, 3, 1, 4]);
  vi.runAllTimers();
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
