import { Code } from "@mantine/core";
import type { ReactElement } from "react";

/** A description of the schema, whose code is between backticks. */
export function CodeText({ text }: { text: string }): ReactElement {
  return (
    <>
      {text.split("`").map((part, place) => {
        // The parts of a text never change places.
        const key = `${place}`;
        return place % 2 === 0 ? <span key={key}>{part}</span> : <Code key={key} style={{ fontSize: "inherit" }}>{part}</Code>;
      })}
    </>
  );
}
