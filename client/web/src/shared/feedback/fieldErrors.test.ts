import { expect, it } from "vitest";
import { fieldErrors } from "./fieldErrors.ts";

it("puts each error beside the closest field, the first one where there are several, and keeps the rest", () => {
  const error = (path: string[], message: string) => ({ code: "BAD_USER_INPUT", message, path });
  const other = error(["input", "sessionId"], "unseen");
  const found = fieldErrors(
    [
      error(["input", "name"], "first"),
      error(["input", "name"], "second"),
      error(["input", "where", "meta", "0", "path"], "deep"),
      other,
      { code: "CONFLICT", message: "no path" },
    ],
    ["name", "where"],
  );
  expect(found.fields).toEqual({ name: "first", where: "deep" });
  expect(found.rest.map(({ message }) => message)).toEqual(["unseen", "no path"]);
});
