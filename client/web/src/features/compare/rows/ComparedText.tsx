import { Button } from "@mantine/core";
import { type ReactElement, useMemo, useState } from "react";
import { MarkedText } from "../../../shared/words/MarkedText.tsx";
import { type Part, wordDifferences } from "../../../shared/words/words.ts";
import classes from "../Compare.module.css";

/** Length up to which texts are compared at first. */
const FOLD_AT = 4_000;

interface Props {
  base: string | undefined;
  other: string | undefined;
  /** The heading of each of the texts. */
  heads?: { base: ReactElement | null; other: ReactElement | null };
}

/** Two texts side by side with their differences by words: crossed out on the left, underlined on the right. */
export function ComparedText({ base, other, heads }: Props): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const [left, right] = [base, other].map((text) => (isWhole ? text : text?.slice(0, FOLD_AT)));
  const parts = useMemo(
    () => (left === undefined || right === undefined || left === right ? undefined : wordDifferences(left, right)),
    [left, right],
  );
  const isFolded = Math.max(base?.length ?? 0, other?.length ?? 0) > FOLD_AT && !isWhole;
  return (
    <>
      <Side name="Base" head={heads?.base} text={left} parts={parts?.base} tag="del" />
      <Side name="Other" head={heads?.other} text={right} parts={parts?.other} tag="ins" />
      {isFolded && (
        <Button className={classes.whole} variant="subtle" size="compact-xs" onClick={() => setWhole(true)}>
          Show the whole texts
        </Button>
      )}
    </>
  );
}

interface SideProps {
  name: string;
  head: ReactElement | null | undefined;
  text: string | undefined;
  parts: readonly Part[] | undefined;
  tag: "del" | "ins";
}

function Side({ name, head, text, parts, tag }: SideProps): ReactElement {
  return (
    <div className={classes.side} data-missing={text === undefined}>
      <span className={classes.sideName}>{name}</span>
      {head}
      {text === undefined ? <span className={classes.missing}>no such step</span> : <MarkedText text={text} parts={parts} tag={tag} />}
    </div>
  );
}
