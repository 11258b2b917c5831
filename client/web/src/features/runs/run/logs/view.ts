import type { LogLine } from "../live/events.ts";

/** The displayed part of a log: the newest lines, or fewer. */
export interface LogView {
  /** The filter that its lines match. */
  filter: LogFilter;
  lines: readonly LogLine[];
  /** Place of the first line relative to where the first one was when the log was opened. */
  origin: number;
  /** Number of lines of the whole log that match. */
  total: number;
  /** Whether the server has older lines that match. */
  hasOlder: boolean;
}

/** The filter of a log. */
export interface LogFilter {
  /** Text that a line contains, ignoring case; empty for any. */
  search: string;
  /** Null for both streams. */
  stream: LogLine["stream"] | null;
}

/** The most lines that are kept; older ones are loaded again when they are scrolled to. */
export const LINES_MAX = 100_000;

/** Returns a log with new lines at its end. Lines that it already has, after a reconnection, are left out. */
export function appendLines(view: LogView, lines: readonly LogLine[]): LogView {
  const last = view.lines.at(-1)?.seq ?? -1;
  const added = lines.filter((line) => line.seq > last && matches(line, view.filter));
  if (added.length === 0) {
    return view;
  }
  const all = view.lines.concat(added);
  const surplus = Math.max(0, all.length - LINES_MAX);
  return {
    ...view,
    lines: surplus === 0 ? all : all.slice(surplus),
    origin: view.origin + surplus,
    total: view.total + added.length,
    hasOlder: view.hasOlder || surplus > 0,
  };
}

/** Returns a log with older lines at its beginning. */
export function prependLines(view: LogView, lines: readonly LogLine[], hasOlder: boolean): LogView {
  const first = view.lines[0]?.seq ?? Number.POSITIVE_INFINITY;
  const added = lines.filter((line) => line.seq < first);
  return { ...view, lines: added.concat(view.lines), origin: view.origin - added.length, hasOlder };
}

/** Whether a line matches, as the server decides it: case is ignored for ASCII letters. */
export function matches(line: LogLine, { search, stream }: LogFilter): boolean {
  return (stream === null || line.stream === stream) && lowerCase(line.text).includes(lowerCase(search));
}

/** A part of a line, by where it begins. */
interface TextPart {
  at: number;
  text: string;
  isFound: boolean;
}

/** Returns a text in parts, each of which is a match of the search or not. */
export function highlight(text: string, search: string): TextPart[] {
  if (search === "") {
    return [{ at: 0, text, isFound: false }];
  }
  const [whole, wanted] = [lowerCase(text), lowerCase(search)];
  const parts: TextPart[] = [];
  let from = 0;
  for (let at = whole.indexOf(wanted); at !== -1; at = whole.indexOf(wanted, from)) {
    const end = at + wanted.length;
    parts.push({ at: from, text: text.slice(from, at), isFound: false }, { at, text: text.slice(at, end), isFound: true });
    from = end;
  }
  parts.push({ at: from, text: text.slice(from), isFound: false });
  return parts.filter((part) => part.text !== "");
}

function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Returns a line without the escape sequences by which terminals colour it. */
export function plainText(text: string): string {
  return text.replaceAll(ESCAPES, "");
}

// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-9;]*[A-Za-z]/g;
