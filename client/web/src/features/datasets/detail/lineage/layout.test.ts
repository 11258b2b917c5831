import { expect, it } from "vitest";
import { BOX, line, place } from "./layout.ts";

it("centres each column beside the highest, and leaves out a column without boxes", () => {
  const nodes = [
    { id: "self", column: 0 },
    { id: "a", column: 1 },
    { id: "b", column: 1 },
  ] as const;
  const { placed, width, height } = place(nodes);
  const [self, a, b] = placed;
  expect(self).toMatchObject({ x: 0, y: (height - BOX.height) / 2 });
  expect([a?.y, b?.y]).toEqual([0, height - BOX.height]);
  expect(a?.x).toBe(width - BOX.width);
});

it("draws a line from the right edge of a box to the left edge of another", () => {
  expect(line({ x: 0, y: 0 }, { x: 300, y: 100 })).toBe("M224,22 C262,22 262,122 300,122");
});
