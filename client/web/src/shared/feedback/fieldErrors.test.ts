import { expect, it } from "vitest";
import type { UserError } from "./errors.ts";
import { fieldErrors } from "./fieldErrors.ts";

function error(path: string[], message: string): UserError {
  return { code: "BAD_USER_INPUT", message, path };
}

it("puts each error beside the closest field, the first one where there are several, and keeps the rest", () => {
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
