import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asLines, headerOf, recognise, UPLOAD_FORMATS } from "./formats.ts";

const SERVER_FORMATS = "../../server/tunix_rt/domain/imports/formats/";

describe("UPLOAD_FORMATS", () => {
  it("are those of the server, with the same shapes", () => {
    const sources = readdirSync(SERVER_FORMATS, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py"))
      .map((name) => readFileSync(SERVER_FORMATS + name, "utf8"));
    const shapes = sources
      .filter((text) => text.includes("IMPORT_FORMAT ="))
      .flatMap((text) => [...text.matchAll(/shape\(([^)]*)\)/g)].map(([, fields = ""]) => fields.replaceAll('"', "")))
      .toSorted();
    expect(UPLOAD_FORMATS.flatMap((format) => format.shapes.map((shape) => shape.join(", "))).toSorted()).toEqual(shapes);
  });
});

describe("recognise", () => {
  it.each([
    ["table.csv", "a,b", "csv"],
    ["table.tsv.gz", "", "csv"],
    ["train.parquet", "", "parquet"],
    ["x.jsonl", '{"question": "q", "answer": "a"}\n{"cut', "gsm8k"],
    ["x.json", '[{"messages": [{"content": "a } b \\" {"}]}, {"cut', "chat_messages"],
    ["", '{\n  "prompt": "p",\n  "final_answer": "f",\n  "steps": []\n}', "jsonl"],
    ["", '[{"instruction": "i", "output": "o"}]', "alpaca"],
    ["", '{"prompt": "p", "completions": [], "labels": []}', "stepwise"],
    ["", '{"other": 1}', undefined],
    ["", "no JSON", undefined],
    ["", "", undefined],
  ])("%s %s is %s", (name, start, format) => {
    expect(recognise(name, start)).toBe(format);
  });
});

describe("asLines", () => {
  it("puts a single object on one line, and leaves everything else", () => {
    expect(asLines('{\n "a": 1\n}')).toBe('{"a":1}');
    expect(["[{}]", "{}\n{}", "5", "x"].map(asLines)).toEqual(["[{}]", "{}\n{}", "5", "x"]);
  });
});

describe("headerOf", () => {
  it("reads quoted names, with any delimiter", () => {
    expect(headerOf('\uFEFFid,"a, b","c ""d"""\r\n1,2,3', ",")).toEqual(["id", "a, b", 'c "d"']);
    expect(headerOf("a|b|c", "|")).toEqual(["a", "b", "c"]);
    expect(headerOf("a\tb", "\t")).toEqual(["a", "b"]);
  });
});
