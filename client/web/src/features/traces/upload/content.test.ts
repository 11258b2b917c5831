import { describe, expect, it } from "vitest";
import { mediaTypeOf } from "./content.ts";

describe("mediaTypeOf", () => {
  it.each([
    ["a.jsonl", "application/x-ndjson", "application/x-ndjson"],
    ["a.jsonl.gz", "application/x-ndjson", "application/gzip"],
    ["a.parquet", "application/x-ndjson", "application/vnd.apache.parquet"],
    ["a.parquet", "application/vnd.apache.parquet", "application/vnd.apache.parquet"],
    ["a.csv", "text/csv", "text/csv"],
  ])("%s as %s is sent as %s", (name, own, sent) => {
    expect(mediaTypeOf({ kind: "file", file: new File(["x"], name), start: "" }, own)).toBe(sent);
  });
});
