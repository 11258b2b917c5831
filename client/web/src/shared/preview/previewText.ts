import { partsWith } from "../markdown/prepare.ts";
import { readLatex } from "./latex.ts";

/** Texts without any of these are as they are shown. */
const MARKS = /[$\\*_`#[\]<~\n]/;
/** Commands that stand in final answers without dollars. */
const BARE = /\\(?:boxed|[dt]?frac|sqrt|text|mathrm|left|times|cdot|pi|infty|in|leq?|geq?|neq?|pm|circ)(?![A-Za-z])/;
/** A formula that the end of the preview has cut off. */
const CUT = /(?:\$\$?|\\\(|\\\[)(?<cut>[^$]*\\[A-Za-z][^$]*)(?![\s\S])/;
const PARTS = partsWith(CUT);
const LINES: readonly [RegExp, string][] = [
  [/^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?)/gm, ""],
  [/^[ \t]*\|?[ \t]*:?-{3,}:?[-:|\t ]*$/gm, " "],
  [/!?\[(?<label>[^\][\n]{0,200})\]\((?<address>[^()\s]{1,500})\)/g, "$<label>"],
  [/(?<mark>\*\*|__|~~)(?=\S)(?<text>[^\n]{0,400}?[^\s])\k<mark>/g, "$<text>"],
  [/(?<![\w*])\*(?=[^\s*])(?<text>[^*\n]{0,400}?[^\s*])\*(?![\w*])/g, "$<text>"],
  [/(?<![\w_])_(?=[^\s_])(?<text>[^_\n]{0,400}?[^\s_])_(?![\w_])/g, "$<text>"],
  [/\\(?<char>[\\`*_{}[\]()#+.!$-])/g, "$<char>"],
];
/** Lists draw the same rows again and again. */
const known = new Map<string, string>();
const KNOWN_MAX = 2000;

/**
 * Returns a text with Markdown and LaTeX as one line to read: formulas in signs, such as `x² ≤ 1/2`, code without its
 * backticks, and the text of what is emphasised or linked. Other texts come back as they are.
 */
export function previewText(text: string): string {
  if (!MARKS.test(text)) {
    return text;
  }
  const found = known.get(text);
  if (found !== undefined) {
    return found;
  }
  const line = readMarkdown(text);
  if (known.size >= KNOWN_MAX) {
    known.clear();
  }
  known.set(text, line);
  return line;
}

function readMarkdown(text: string): string {
  const kept: string[] = [];
  // What is read already must not be read as Markdown.
  const keep = (part: string): string => `\uE001${kept.push(part) - 1}\uE002`;
  let read = text.replace(PARTS, (part: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups["fence"] !== undefined || groups["ticks"] !== undefined) {
      return keep(codeOf(part, groups));
    }
    if (groups["call"] !== undefined) {
      return "";
    }
    const bracketed = groups["display"] ?? groups["inline"] ?? groups["line"] ?? groups["boxed"] ?? groups["cut"];
    // A lone dollar is an amount of money, with a backslash or without.
    return keep(part === "$" || part === "\\$" ? "$" : readLatex(bracketed ?? part.replaceAll(/^\${1,2}|\${1,2}$/g, "")));
  });
  for (const [pattern, replacement] of LINES) {
    read = BARE.test(read) && replacement === "$<char>" ? readLatex(read) : read.replace(pattern, replacement);
  }
  return read
    .replaceAll(/\uE001(\d+)\uE002/g, (_, place: string) => kept[Number(place)] ?? "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Returns code without its fence or its backticks. */
function codeOf(part: string, { ticks }: Record<string, string | undefined>): string {
  return ticks === undefined ? part.replaceAll(/^ {0,3}(?:`{3,}|~{3,})[^\n]*$/gm, " ") : part.slice(ticks.length, -ticks.length).trim();
}
