import { Button } from "@mantine/core";
import { memo, type ReactElement, useState } from "react";
import { whole } from "../../../../shared/format/numbers.ts";
import { Markdown } from "../../../../shared/markdown/Markdown.tsx";
import { beginningOf, FOLD_AT } from "./text.ts";

interface Props {
  text: string;
  /** Whether it is shown as it is, without Markdown. */
  isSource: boolean;
}

/** A text of a trace; a long one is folded after its beginning. */
export const LongText = memo(function LongText({ text, isSource }: Props): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > FOLD_AT;
  const shown = isLong && !isWhole ? `${beginningOf(text)} …` : text;
  return (
    <>
      {isSource ? <Source text={shown} /> : <Markdown text={shown} />}
      {isLong && (
        <Button variant="subtle" size="compact-xs" mt={4} ml={-8} onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
          {isWhole ? "Show the beginning" : `Show all ${whole(text.length)} characters`}
        </Button>
      )}
    </>
  );
});

function Source({ text }: { text: string }): ReactElement {
  return (
    <div dir="auto" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", fontFamily: "var(--mantine-font-family-monospace)" }}>
      {text}
    </div>
  );
}
