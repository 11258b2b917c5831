/** Length up to which a text is shown whole at once. */
export const FOLD_AT = 4_000;

/** Returns the first part of a long text, cut at a line's end or a space if there is one near. */
export function beginningOf(text: string, length = FOLD_AT): string {
  if (text.length <= length) {
    return text;
  }
  const part = text.slice(0, length);
  const cut = Math.max(part.lastIndexOf("\n"), part.lastIndexOf(" "));
  return cut > length * 0.8 ? part.slice(0, cut) : withoutHalf(part);
}

/** Length beyond which a single line is cut. */
const LINE_MAX = 50_000;

/** Returns pieces of a text of about `length` characters each, cut at ends of lines; only a very long line is cut itself. */
export function piecesOf(text: string, length = FOLD_AT, lineMax = LINE_MAX): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    const piece = pieceAt(text, start, length, lineMax);
    pieces.push(piece);
    start += piece.length;
  }
  return pieces;
}

function pieceAt(text: string, start: number, length: number, lineMax: number): string {
  const part = text.slice(start, start + length);
  if (start + length >= text.length) {
    return part;
  }
  const last = part.lastIndexOf("\n") + 1;
  if (last > 0) {
    return part.slice(0, last);
  }
  const line = text.slice(start, start + lineMax);
  const end = line.indexOf("\n") + 1;
  if (end > 0 || start + lineMax >= text.length) {
    return end > 0 ? line.slice(0, end) : line;
  }
  return withoutHalf(line);
}

/** Leaves out the first half of a character of two code units. */
function withoutHalf(part: string): string {
  return /[\uD800-\uDBFF]$/.test(part) ? part.slice(0, -1) : part;
}
