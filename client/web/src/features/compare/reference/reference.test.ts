import { describe, expect, it } from "vitest";
import { parseReference } from "./reference.ts";

const UUID = "01970000-0000-7000-8000-000000000001";

describe("parseReference", () => {
  it("reads the ways in which people name a trace", () => {
    expect(parseReference(` ${UUID.toUpperCase()} `)).toEqual({ id: UUID });
    expect(parseReference(`http://host/traces/${UUID}?where={}#step-4`)).toEqual({ id: UUID });
    const id = btoa(`Trace:${UUID}`);
    expect(parseReference(id)).toEqual({ id });
    expect(parseReference("demo/rich#a#1")).toEqual({ source: "demo/rich", externalId: "a#1" });
  });

  it("reads nothing else", () => {
    expect(["", "  ", "12", "#x", "source#", `${UUID}x`].map(parseReference)).toEqual(Array.from({ length: 6 }, () => undefined));
  });
});
