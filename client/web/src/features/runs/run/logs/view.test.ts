import { describe, expect, it } from "vitest";
import type { LogLine } from "../live/events.ts";
import { appendLines, highlight, LINES_MAX, type LogView, matches, plainText, prependLines } from "./view.ts";

const line = (seq: number, text = `line ${seq}`, stream: LogLine["stream"] = "STDOUT"): LogLine => ({
  __typename: "RunLogLine",
  seq,
  at: "2026-01-01T00:00:00Z",
  attempt: 1,
  stream,
  text,
});
const EMPTY: LogView = { filter: { search: "", stream: null }, lines: [], origin: 0, total: 0, hasOlder: false };

describe("a log", () => {
  it("has each line once, in order, after a reconnection too", () => {
    const view = appendLines(appendLines(EMPTY, [line(1), line(2)]), [line(2), line(3)]);
    expect(view.lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(view.total).toBe(3);
    expect(appendLines(view, [line(3)])).toBe(view);
  });

  it("adds what matches its filter, as the server decides it", () => {
    const filter = { search: "LOSS", stream: "STDOUT" } as const;
    const lines = [line(1, "the Loss"), line(2, "the loss", "STDERR"), line(3, "other")];
    expect(appendLines({ ...EMPTY, filter }, lines).lines.map(({ seq }) => seq)).toEqual([1]);
    expect(matches(line(1, "ÄRGER"), { search: "ärger", stream: null })).toBe(false);
  });

  it("keeps the newest lines, and knows how far they have moved", () => {
    const full = appendLines(EMPTY, Array.from({ length: LINES_MAX }, (_, index) => line(index + 10)));
    const view = appendLines(full, [line(LINES_MAX + 10), line(LINES_MAX + 11)]);
    expect([view.lines.length, view.lines[0]?.seq, view.origin, view.hasOlder]).toEqual([LINES_MAX, 12, 2, true]);

    const older = prependLines(view, [line(10), line(11), line(12)], false);
    expect([older.lines.length, older.lines[0]?.seq, older.origin, older.hasOlder]).toEqual([LINES_MAX + 2, 10, 0, false]);
  });

  it("marks what is searched for, and drops colours of terminals", () => {
    expect(highlight("Loss, loss", "loss").map(({ text, isFound }) => (isFound ? `[${text}]` : text))).toEqual(["[Loss]", ", ", "[loss]"]);
    expect(highlight("all", "")).toHaveLength(1);
    expect(plainText("\u001B[1;31mred\u001B[0m")).toBe("red");
  });
});
