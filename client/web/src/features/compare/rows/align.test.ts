import { describe, expect, it } from "vitest";
import { alignSteps } from "./align.ts";

const steps = (...contents: string[]): { index: number; type: string; content: string }[] =>
  contents.map((content, index) => ({ index, type: "thought", content }));

const alignmentText = (base: string[], other: string[]): string[] =>
  alignSteps(steps(...base), steps(...other)).map(
    (pair) => `${pair.base?.content ?? "-"}${pair.isDifferent ? "≠" : "="}${pair.other?.content ?? "-"}`,
  );

const many = (prefix: string, length: number): string[] => Array.from({ length }, (_, index) => `${prefix}${index}`);

describe("alignSteps", () => {
  it("keeps equal steps side by side around inserted, removed and changed ones", () => {
    expect(alignmentText(["a", "b", "c"], ["a", "b", "c"])).toEqual(["a=a", "b=b", "c=c"]);
    expect(alignmentText(["a", "c"], ["a", "b", "c"])).toEqual(["a=a", "-≠b", "c=c"]);
    expect(alignmentText(["a", "b", "c", "d"], ["a", "x", "d"])).toEqual(["a=a", "b≠x", "c≠-", "d=d"]);
    expect(alignmentText(["a"], ["x", "y"])).toEqual(["a≠x", "-≠y"]);
    expect(alignmentText(["a", "b"], ["b"])).toEqual(["a≠-", "b=b"]);
  });

  it("gives each pair a key, and sees a change of the type", () => {
    const pairs = alignSteps(steps("a", "b"), [{ index: 0, type: "check", content: "a" }, ...steps("b")]);
    expect(pairs.map(({ key, isDifferent }) => [key, isDifferent])).toEqual([[0, true], [1, false]]);
  });

  it("gives up aligning in time where nothing is equal", () => {
    const began = performance.now();
    expect(alignSteps(steps(...many("a", 6000)), steps(...many("b", 6000)))).toHaveLength(6000);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
