import { expect, it } from "vitest";
import { applyMove, lastAnswer, type Move, type Sitting, START } from "./sitting.ts";

const ITEMS = ["a", "b"];

function answer(trace: string, item: string, value: number): Move {
  return { kind: "answer", trace, items: ITEMS, item, answer: { value, comment: "" } };
}

function undo(trace: string | undefined, before: string | undefined): Move {
  return { kind: "undo", trace, items: ITEMS, before };
}

function after(...moves: Move[]): Sitting {
  return moves.reduce(applyMove, START);
}

it("goes to the next trace with the last answer, in any order", () => {
  const half = after(answer("t", "b", 1));
  const whole = applyMove(half, answer("t", "a", 0));

  expect([half.at, half.done.size]).toEqual([0, 0]);
  expect([whole.at, [...whole.done], whole.answers["t"]?.["a"]?.value]).toEqual([1, ["t"], 0]);
});

it("takes back one answer at a time, over skipped traces, to the first", () => {
  const started = after(answer("t", "a", 0), answer("t", "b", 1), { kind: "stored", trace: "t" }, { kind: "skip" }, answer("v", "a", 1));

  const first = applyMove(started, undo("v", "u"));
  const second = applyMove(first, undo("v", "u"));
  const third = applyMove(second, undo("u", "t"));
  const fourth = applyMove(third, undo("t", undefined));

  expect([first, second, third, fourth].map(({ at, chosen }) => [at, chosen])).toEqual([
    [2, "a"],
    [1, null],
    [0, "b"],
    [0, "a"],
  ]);
  expect([second, third].map(({ done, stored }) => [done.size, stored.size])).toEqual([[1, 1], [0, 0]]);
  expect(applyMove(fourth, undo("t", undefined))).toEqual(fourth);
});

it("names the answer that an undo takes back", () => {
  const started = after(answer("t", "a", 0), answer("t", "b", 1), answer("u", "a", 1));

  expect(lastAnswer(started, { trace: "u", items: ITEMS, before: "t" })).toEqual({ trace: "u", item: "a" });
  expect(lastAnswer(started, { trace: "v", items: ITEMS, before: "t" })).toEqual({ trace: "t", item: "b" });
  expect(lastAnswer(started, { trace: "v", items: ITEMS, before: "w" })).toBeUndefined();
});

it("counts a trace whose scores were refused again when they are stored", () => {
  const done = after(answer("t", "a", 0), answer("t", "b", 1));
  const refused = applyMove(done, { kind: "refused", trace: "t" });

  expect(refused.done.size).toBe(0);
  expect(applyMove(refused, { kind: "stored", trace: "t" }).done.size).toBe(1);
  expect(applyMove(refused, { kind: "choose", item: "b" }).chosen).toBe("b");
});
