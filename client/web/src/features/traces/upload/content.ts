import { asLines, recognise } from "./formats.ts";

/** The content to upload: a file, or a pasted text. */
export type Content = { kind: "file"; file: File; start: string } | { kind: "text"; text: string };

const START_BYTES = 65_536;
/** The largest file of which refused lines are shown. */
const SHOWN_BYTES = 20_000_000;

/** Returns a file as content; its start is read to recognise the format and the columns. */
export async function fileContent(file: File): Promise<Content> {
  const isText = !/\.(gz|parquet)$/.test(file.name);
  return { kind: "file", file, start: isText ? await file.slice(0, START_BYTES).text() : "" };
}

/** Returns the beginning of a content as text. */
export function startOf(content: Content): string {
  return content.kind === "file" ? content.start : content.text;
}

/** Returns the format that a content seems to be in. */
export function formatOf(content: Content): string | undefined {
  return recognise(content.kind === "file" ? content.file.name : "", startOf(content));
}

/** Whether there is nothing to upload. */
export function isEmpty(content: Content): boolean {
  return content.kind === "file" ? content.file.size === 0 : content.text.trim() === "";
}

/** Returns the body to send. */
export function bodyOf(content: Content): Blob | string {
  return content.kind === "file" ? content.file : asLines(content.text);
}

/** Returns the media type to send a format with; rows of Parquet can be records of any format. */
export function mediaTypeOf(content: Content, own: string): string {
  const name = content.kind === "file" ? content.file.name : "";
  if (name.endsWith(".gz")) {
    return "application/gzip";
  }
  return name.endsWith(".parquet") && own !== "text/csv" ? "application/vnd.apache.parquet" : own;
}

/** Returns the content's lines, so that a refused one can be shown; none for large, compressed or binary files. */
export async function linesOf(content: Content): Promise<readonly string[]> {
  if (content.kind === "text") {
    return asLines(content.text).split("\n");
  }
  const { file } = content;
  return file.size > SHOWN_BYTES || content.start === "" ? [] : (await file.text()).split("\n");
}
