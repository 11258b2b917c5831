import { expect, it } from "vitest";
import { wordDifferences } from "./words.ts";

const many = (prefix: string, length: number): string => Array.from({ length }, (_, index) => `${prefix}${index}`).join(" ");

it("marks the words that only one text has", () => {
  expect(wordDifferences("the cat sat", "the dog sat")).toEqual({
    base: [{ text: "the ", isChanged: false }, { text: "cat", isChanged: true }, { text: " sat", isChanged: false }],
    other: [{ text: "the ", isChanged: false }, { text: "dog", isChanged: true }, { text: " sat", isChanged: false }],
  });
  expect(wordDifferences("no word is common", "each of these differs")).toBeUndefined();
  const thought = "That would be right if the two doors were equal. They are not: one was chosen by us, so that each case has its probability.";
  expect(wordDifferences(thought, "Switching wins exactly if the first choice was wrong, which has probability 2/3.")).toBeUndefined();
  expect(wordDifferences(many("a", 30_000), many("b", 30_000))).toBeUndefined();
});
