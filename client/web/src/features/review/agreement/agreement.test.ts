import { expect, it } from "vitest";
import { agreementOf, isComparable, type Pair, pairsByScorer } from "./agreement.ts";

function repeat(pair: Pair, count: number): Pair[] {
  return Array.from({ length: count }, () => pair);
}

it("is Cohen's kappa of his textbook example", () => {
  const pairs = [...repeat([1, 1], 20), ...repeat([1, 0], 5), ...repeat([0, 1], 10), ...repeat([0, 0], 15)];

  const { count, equal, kappa } = agreementOf(pairs);

  expect([count, equal]).toEqual([50, 0.7]);
  expect(kappa).toBeCloseTo(0.4);
});

it("has no kappa if both scorers give one score only", () => {
  expect(agreementOf(repeat([1, 1], 3))).toEqual({ count: 3, equal: 1, kappa: null });
});

it("pairs the scores of what both have scored, and compares equal scales", () => {
  const own = { scorer: "me", score: 1 };
  const pairs = pairsByScorer([[own, { scorer: "you", score: 0 }], [own], [{ scorer: "you", score: 1 }], [own, { scorer: "you", score: 1 }]], "me");
  const scale = { min: 0, max: 1, choices: [{ value: 0 }, { value: 1 }] };

  expect([...pairs]).toEqual([["you", [[1, 0], [1, 1]]]]);
  expect(isComparable([[1, 0]], scale)).toBe(true);
  expect(isComparable([[1, 0.5]], scale)).toBe(false);
  expect(isComparable([[1, 0.5]], { ...scale, choices: [] })).toBe(true);
  expect(isComparable([[1, 42]], { ...scale, choices: [] })).toBe(false);
});
