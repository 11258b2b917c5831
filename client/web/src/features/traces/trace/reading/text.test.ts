import { describe, expect, it } from "vitest";
import { beginningOf, piecesOf } from "./text.ts";

describe("beginningOf", () => {
  it("cuts a long text between words, and never inside a character", () => {
    expect(beginningOf("short", 10)).toBe("short");
    expect(beginningOf("one two three", 9)).toBe("one two t");
    expect(beginningOf("one two three", 10)).toBe("one two th");
    expect(beginningOf("123456789 12345", 10)).toBe("123456789");
    expect(beginningOf("ab😀😀", 3)).toBe("ab");
  });
});

describe("piecesOf", () => {
  it("cuts at ends of lines, loses nothing, and never cuts inside a character", () => {
    expect(piecesOf("ab\ncd\nef", 6)).toEqual(["ab\ncd\n", "ef"]);
    expect(piecesOf("abcdef\ngh", 3)).toEqual(["abcdef\n", "gh"]);
    expect(piecesOf("abcdef", 3)).toEqual(["abcdef"]);
    expect(piecesOf("a😀😀b", 2, 4)).toEqual(["a😀", "😀b"]);
    expect(piecesOf("")).toEqual([]);
    const text = `${"x".repeat(9000)}\n${"y\n".repeat(3000)}`;
    expect(piecesOf(text).join("")).toBe(text);
  });
});
