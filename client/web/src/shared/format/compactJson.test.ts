import { expect, it } from "vitest";
import { compactJson } from "./compactJson.ts";

it("writes on one line what fits on it, breaks what does not, and loses nothing", () => {
  expect(compactJson({ source: { in: ["a", "b"] } })).toBe('{ "source": { "in": ["a", "b"] } }');
  const long = { a: { b: "x".repeat(60), c: [1, null] }, d: {} };
  expect(compactJson(long)).toBe(`{\n  "a": {\n    "b": "${"x".repeat(60)}",\n    "c": [1, null]\n  },\n  "d": {}\n}`);
  expect(JSON.parse(compactJson(long))).toEqual(long);
});
