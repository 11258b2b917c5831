import { gql } from "@apollo/client";
import { describe, expect, it } from "vitest";
import { createCache, listKey } from "./cache.ts";

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

  it("keeps empty filters that have a meaning, but not absent ones", () => {
    const filters = [{}, { not: {} }, { scores: { some: {} } }, { scores: { none: {} } }, { scores: { every: {} } }, { producedBy: {} }];
    expect(new Set(filters.map((where) => listKey({ where }))).size).toBe(filters.length);
    const absent = [{}, { scores: {} }, { scores: { some: null } }, { not: null }, { producedBy: undefined }];
    expect(new Set(absent.map((where) => listKey({ where }))).size).toBe(1);
  });
});

describe("createCache", () => {
  it("keeps the parts of an object without an id that several queries select", () => {
    const cache = createCache();
    const id = cache.identify({ __typename: "Trace", id: "t" }) ?? "";
    const tokens = gql`fragment Tokens on Trace { producedBy { modelId tokenCount } }`;
    const step = gql`fragment Step on Trace { producedBy { modelId checkpointStep } }`;
    const origin = { __typename: "TraceOrigin", modelId: "m" };
    cache.writeFragment({ id, fragment: tokens, data: { __typename: "Trace", producedBy: { ...origin, tokenCount: 5 } } });
    cache.writeFragment({ id, fragment: step, data: { __typename: "Trace", producedBy: { ...origin, checkpointStep: 20 } } });
    expect(cache.readFragment({ id, fragment: tokens })).toMatchObject({ producedBy: { tokenCount: 5 } });
  });
});
