import type { ReactElement } from "react";
import { previewText } from "./previewText.ts";

interface Props {
  /** The beginning of a prompt or of an answer. */
  text: string;
  className?: string | undefined;
}

/** The beginning of a text in one line, with its formulas and its Markdown as they are read. */
export function Preview({ text, className }: Props): ReactElement {
  return (
    <span dir="auto" className={className}>
      {previewText(text)}
    </span>
  );
}
