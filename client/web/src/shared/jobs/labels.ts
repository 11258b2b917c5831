const LABEL = /^[a-z0-9._-]{1,63}$/;
const LABELS_MAX = 8;

/** Reads labels with commas between them. */
export function labelsOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Returns why a text of labels cannot be sent; null if it can. */
export function labelsError(text: string): string | null {
  const labels = labelsOf(text);
  if (labels.length > LABELS_MAX) {
    return `must be at most ${LABELS_MAX}`;
  }
  if (!labels.every((label) => LABEL.test(label))) {
    return "must each be 1 to 63 lower-case letters, digits and characters of . _ -";
  }
  return new Set(labels).size === labels.length ? null : "must be different";
}
