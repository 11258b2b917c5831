import { expect, it } from "vitest";
import { moved, type Move, type Sitting, START } from "./sitting.ts";

const ITEMS = ["a", "b"];

function answer(trace: string, item: string, value: number): Move {
  return { kind: "answer", trace, items: ITEMS, item, answer: { value, comment: "" } };
}

function undo(trace: string | undefined, before: string | undefined): Move {
  return { kind: "undo", trace, items: ITEMS, before };
}

const HOLD: Move = { kind: "hold", trace: "t", scores: [] };

function after(...moves: Move[]): Sitting {
  return moves.reduce(moved, START);
}

it("goes to the next trace with the last answer, in any order", () => {
  const half = after(answer("t", "b", 1));
  const whole = moved(half, answer("t", "a", 0));

  expect([half.at, half.done.size]).toEqual([0, 0]);
  expect([whole.at, [...whole.done], whole.answers["t"]?.["a"]?.value]).toEqual([1, ["t"], 0]);
});

it("takes back one answer at a time, over skipped traces, to the first", () => {
  const started = after(answer("t", "a", 0), answer("t", "b", 1), HOLD, { kind: "skip" }, answer("v", "a", 1));

  const first = moved(started, undo("v", "u"));
  const second = moved(first, undo("v", "u"));
  const third = moved(second, undo("u", "t"));
  const fourth = moved(third, undo("t", undefined));

  expect([first, second, third, fourth].map(({ at, chosen }) => [at, chosen])).toEqual([
    [2, "a"],
    [1, null],
    [0, "b"],
    [0, "a"],
  ]);
  expect([[...third.done], second.unsent?.trace, third.unsent]).toEqual([[], "t", null]);
  expect(moved(fourth, undo("t", undefined))).toEqual(fourth);
});

it("goes back to a trace whose scores were sent, and over it, and keeps its answers", () => {
  const started = after(answer("t", "a", 0), answer("t", "b", 1), HOLD, { kind: "sent" }, answer("u", "a", 1), answer("u", "b", 1));
  const open = moved(moved(started, { kind: "hold", trace: "u", scores: [] }), undo("v", "u"));
  const first = moved(moved(open, undo("u", "t")), undo("u", "t"));
  const second = moved(first, undo("t", undefined));

  expect([open.at, [...open.done], open.unsent]).toEqual([1, ["t"], null]);
  expect([first.at, Object.keys(first.answers["t"] ?? {}), [...first.done]]).toEqual([0, ["a", "b"], ["t"]]);
  expect(second).toEqual(first);
});

it("counts a trace whose scores were refused again when they are stored", () => {
  const done = after(answer("t", "a", 0), answer("t", "b", 1));
  const refused = moved(done, { kind: "refused", trace: "t" });

  expect(refused.done.size).toBe(0);
  expect(moved(refused, { kind: "stored", trace: "t", items: 2 }).done.size).toBe(1);
  expect(moved(refused, { kind: "choose", item: "b" }).chosen).toBe("b");
});

it("does not count a trace of which an answer was taken back while its scores were sent again", () => {
  const refused = after(answer("t", "a", 0), answer("t", "b", 1), { kind: "refused", trace: "t" });
  const back = moved(refused, undo("v", "t"));
  const stored = moved(back, { kind: "stored", trace: "t", items: 2 });
  const again = moved(stored, answer("t", "b", 0));

  expect([back.done.size, stored.done.size, again.done.size]).toEqual([0, 0, 1]);
});
