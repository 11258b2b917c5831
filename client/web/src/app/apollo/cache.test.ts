import { describe, expect, it } from "vitest";
import { listKey } from "./cache.ts";

describe("listKey", () => {
  it("is the same for arguments of equal meaning", () => {
    const keys = [null, {}, { where: null }, { where: {} }, { where: { source: null } }, { first: 50, after: "x" }].map(listKey);
    expect(new Set(keys).size).toBe(1);
    expect(listKey({ where: { a: 1, b: 2 } })).toBe(listKey({ where: { b: 2, a: 1 } }));
  });

  it("differs where the meaning does", () => {
    const filters = [{}, { source: { in: [] } }, { source: { eq: "a" } }, { or: [] }, { or: [{}] }];
    const keys = filters.map((where) => listKey({ where }));
    expect(new Set([...keys, listKey({ orderBy: [{ field: "ID" }] })]).size).toBe(filters.length + 1);
  });
});
