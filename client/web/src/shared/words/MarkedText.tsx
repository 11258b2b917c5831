import type { ReactElement } from "react";
import classes from "./MarkedText.module.css";
import type { Part } from "./words.ts";

interface Props {
  text: string;
  /** The text in parts; undefined if it is shown without marks. */
  parts: readonly Part[] | undefined;
  /** The mark of the parts that only this text has: crossed out or underlined. */
  tag: "del" | "ins";
}

/** A text in which the words are marked that another one does not have. */
export function MarkedText({ text, parts, tag: Tag }: Props): ReactElement {
  const places = parts?.map((part, place) => ({ ...part, place }));
  return (
    <div className={classes.text} dir="auto">
      {places === undefined
        ? text
        : places.map((part) => (part.isChanged ? <Tag key={part.place}>{part.text}</Tag> : <span key={part.place}>{part.text}</span>))}
    </div>
  );
}
