import { expect, it } from "vitest";
import { axisOf, bracketsOf, byMean, equalRuns, type Estimate } from "./brackets.ts";

function estimate(uuid: string, mean: number | null, half = 0.1): Estimate {
  return { uuid, mean, low: mean === null ? null : mean - half, high: mean === null ? null : mean + half };
}

it("orders by mean, and groups adjacent ones of which no two differ", () => {
  const rows = byMean([estimate("c", 0.3), estimate("none", null), estimate("a", 0.9), estimate("b", 0.6)]);
  expect(rows.map(({ uuid }) => uuid)).toEqual(["a", "b", "c", "none"]);
  const differing = new Set(["a c", "c none", "b none", "a none"]);
  const runs = equalRuns(rows, (a, b) => differing.has(`${a} ${b}`));
  expect(runs).toEqual([["a", "b"], ["b", "c"], ["none"]]);
  expect(bracketsOf(rows, runs)).toEqual([{ from: 0, to: 1, members: [0, 1] }, { from: 1, to: 2, members: [1, 2] }]);
});

it("draws groups with gaps, and leaves unknown rows out", () => {
  const rows = [estimate("a", 0.9), estimate("b", 0.6), estimate("c", 0.3)];
  expect(bracketsOf(rows, [["c", "a", "gone"], ["b"]])).toEqual([{ from: 0, to: 2, members: [0, 2] }]);
});

it("shows all intervals on the axis, and shares within 0 and 1", () => {
  expect(axisOf([estimate("a", 0.5), estimate("b", 0.9)])).toEqual([0.3, 1]);
  expect(axisOf([estimate("a", 0.1, 0.1)])).toEqual([0, 0.25]);
  expect(axisOf([estimate("a", 20, 1)])[1]).toBeGreaterThan(21);
  expect(axisOf([estimate("a", null)])).toEqual([0, 1]);
});
