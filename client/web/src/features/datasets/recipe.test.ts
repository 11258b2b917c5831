import { expect, it } from "vitest";
import { choiceText, recipeInput, recipeOf, recipeParams } from "./recipe.ts";

it("reads from a URL what it wrote there", () => {
  for (const address of ["", "limit=500&order=STEP_COUNT%3Aasc&seed=7&strategy=RANDOM"]) {
    const form = recipeOf(new URLSearchParams(address));
    const written = Object.entries(recipeParams(form)).filter(([, value]) => value !== "");
    expect(new URLSearchParams(written.toSorted()).toString()).toBe(address);
  }
});

it("reads an invalid recipe as the default", () => {
  expect(recipeOf(new URLSearchParams("strategy=BEST&seed=x&limit=1.5&order=MOOD"))).toEqual(recipeOf(new URLSearchParams()));
});

it("sends a seed only with a random strategy, and an order only if it is another than newest first", () => {
  const usual = recipeOf(new URLSearchParams());
  expect(recipeInput({ ...usual, seed: 5 })).toEqual({ strategy: "LATEST" });
  expect(recipeInput({ ...usual, strategy: "RANDOM_SAMPLE", seed: 5, limit: 10, field: "ID" })).toEqual({
    strategy: "RANDOM_SAMPLE",
    seed: 5,
    limit: 10,
    orderBy: [{ field: "ID", direction: "DESC" }],
  });
});

it("describes which of the matching traces become members", () => {
  const usual = recipeOf(new URLSearchParams());
  expect(choiceText(usual, 7000)).toBe("all of them become members");
  expect(choiceText({ ...usual, limit: 5000 }, 7000)).toBe("the newest 5,000 of them become members");
  expect(choiceText({ ...usual, limit: 5000, field: "ID" }, 7000)).toBe("the first 5,000 of them become members");
  expect(choiceText({ ...usual, limit: 5, strategy: "RANDOM" }, 7000)).toBe("5 of them, chosen at random, become members");
});
