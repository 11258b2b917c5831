import { expect, it } from "vitest";
import { criterionInput, NEW_CRITERION, wrongChoices } from "./draft.ts";

it("reads choices from lines, with the range that they need", () => {
  const draft = { ...NEW_CRITERION, label: "Good?", scorer: "good", choices: "1 1 Yes, indeed\n\n n -0.5 No " };

  expect(criterionInput(draft)).toEqual({
    label: "Good?",
    scorer: "good",
    perStep: false,
    scale: { min: -0.5, max: 1, choices: [{ key: "1", value: 1, label: "Yes, indeed" }, { key: "n", value: -0.5, label: "No" }] },
  });
  expect(criterionInput({ ...draft, choices: " ", min: 1, max: 5 }).scale).toEqual({ min: 1, max: 5 });
});

it("names the first line that is no choice", () => {
  expect(wrongChoices("1 1 Yes\n2 No")).toContain("“2 No”");
  expect(wrongChoices("1 1 Yes")).toBeUndefined();
});
