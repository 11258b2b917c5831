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

/** Returns pieces of a text of at most about `length` characters each, cut at ends of lines where there are any. */
export function piecesOf(text: string, length = FOLD_AT): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    const piece = pieceAt(text, start, length);
    pieces.push(piece);
    start += piece.length;
  }
  return pieces;
}

function pieceAt(text: string, start: number, length: number): string {
  const part = text.slice(start, start + length);
  if (start + length >= text.length) {
    return part;
  }
  const cut = part.lastIndexOf("\n") + 1;
  return cut > 0 ? part.slice(0, cut) : withoutHalf(part);
}

/** Leaves out the first half of a character of two code units. */
function withoutHalf(part: string): string {
  return /[\uD800-\uDBFF]$/.test(part) ? part.slice(0, -1) : part;
}
