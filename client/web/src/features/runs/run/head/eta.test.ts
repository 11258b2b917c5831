import { expect, it } from "vitest";
import { etaText, remainingSeconds } from "./eta.ts";

it("counts an estimate down, and shows it no more precisely than it is known", () => {
  expect(remainingSeconds(60, 1000, 31_000)).toBe(30);
  expect(remainingSeconds(5, 0, 60_000)).toBe(0);
  expect([4, 47, 200, 1000, 5000].map(etaText)).toEqual([
    "a few seconds left",
    "about 50 s left",
    "about 3 min left",
    "about 15 min left",
    "about 1 h 20 min left",
  ]);
});
