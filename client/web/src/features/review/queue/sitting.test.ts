import { expect, it } from "vitest";
import { applyMove, type Move, type Sitting, START } from "./sitting.ts";

const ITEMS = ["a", "b"];

function answer(trace: string, item: string, value: number): Move {
  return { kind: "answer", trace, items: ITEMS, item, answer: { value, comment: "" } };
}

function undo(trace: string | undefined, before: string | undefined): Move {
  return { kind: "undo", trace, items: ITEMS, before };
}

const HOLD: Move = { kind: "hold", trace: "t", scores: [] };

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
  const started = after(answer("t", "a", 0), answer("t", "b", 1), HOLD, { kind: "skip" }, answer("v", "a", 1));

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
  expect([[...third.done], second.unsent?.trace, third.unsent]).toEqual([[], "t", null]);
  expect(applyMove(fourth, undo("t", undefined))).toEqual(fourth);
});

it("goes back to a trace whose scores were sent, and over it, and keeps its answers", () => {
  const started = after(answer("t", "a", 0), answer("t", "b", 1), HOLD, { kind: "sent" }, answer("u", "a", 1), answer("u", "b", 1));
  const open = applyMove(applyMove(started, { kind: "hold", trace: "u", scores: [] }), undo("v", "u"));
  const first = applyMove(applyMove(open, undo("u", "t")), undo("u", "t"));
  const second = applyMove(first, undo("t", undefined));

  expect([open.at, [...open.done], open.unsent]).toEqual([1, ["t"], null]);
  expect([first.at, Object.keys(first.answers["t"] ?? {}), [...first.done]]).toEqual([0, ["a", "b"], ["t"]]);
  expect(second).toEqual(first);
});

it("counts a trace whose scores were refused again when they are stored", () => {
  const done = after(answer("t", "a", 0), answer("t", "b", 1));
  const refused = applyMove(done, { kind: "refused", trace: "t" });

  expect(refused.done.size).toBe(0);
  expect(applyMove(refused, { kind: "stored", trace: "t", items: 2 }).done.size).toBe(1);
  expect(applyMove(refused, { kind: "choose", item: "b" }).chosen).toBe("b");
});

it("does not count a trace of which an answer was taken back while its scores were sent again", () => {
  const refused = after(answer("t", "a", 0), answer("t", "b", 1), { kind: "refused", trace: "t" });
  const back = applyMove(refused, undo("v", "t"));
  const stored = applyMove(back, { kind: "stored", trace: "t", items: 2 });
  const again = applyMove(stored, answer("t", "b", 0));

  expect([back.done.size, stored.done.size, again.done.size]).toEqual([0, 0, 1]);
});
