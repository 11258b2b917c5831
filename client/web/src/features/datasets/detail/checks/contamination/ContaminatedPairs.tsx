import { Text } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import type { ContaminationKind } from "../../../../../gql/graphql.ts";
import { MarkedText } from "../../../../../shared/words/MarkedText.tsx";
import { type Part, wordDifferences } from "../../../../../shared/words/words.ts";
import classes from "./Contamination.module.css";
import type { ContaminatedPair } from "./documents.ts";

/** Characters of a prompt that are shown; the whole is on the page of its trace. */
const SHOWN = 1000;

const KINDS: Record<ContaminationKind, string> = {
  EQUAL_PROMPT: "equal but for case and punctuation",
  SHARED_NGRAMS: "shared word sequences",
  NEAR_DUPLICATE: "nearly equal",
};

/** Training prompts beside the evaluation prompts that they equal or resemble, with their differences by words. */
export function ContaminatedPairs({ pairs }: { pairs: readonly ContaminatedPair[] }): ReactElement | null {
  return pairs.length === 0 ? null : (
    <ol className={classes.pairs} aria-label="Pairs of prompts">
      {pairs.map((pair) => (
        <PairRow key={pair.id} pair={pair} />
      ))}
    </ol>
  );
}

function PairRow({ pair: { kind, overlap, trainTrace, evalTrace } }: { pair: ContaminatedPair }): ReactElement {
  const [train, evaluation] = [trainTrace, evalTrace].map((trace) => trace?.prompt.slice(0, SHOWN));
  const parts = useMemo(
    () => (train === undefined || evaluation === undefined || train === evaluation ? undefined : wordDifferences(train, evaluation)),
    [train, evaluation],
  );
  return (
    <li className={classes.pair}>
      <Text size="xs" c="dimmed">
        overlap {overlap.toFixed(2)} · {train !== undefined && train === evaluation && kind === "EQUAL_PROMPT" ? "equal" : KINDS[kind]}
      </Text>
      <div className={classes.sides}>
        <Side name="Training prompt" trace={trainTrace} parts={parts?.base} tag="del" />
        <Side name="Evaluation prompt" trace={evalTrace} parts={parts?.other} tag="ins" />
      </div>
    </li>
  );
}

interface SideProps {
  name: string;
  trace: ContaminatedPair["trainTrace"];
  parts: readonly Part[] | undefined;
  tag: "del" | "ins";
}

function Side({ name, trace, parts, tag }: SideProps): ReactElement {
  return (
    <div className={classes.side}>
      {trace === null ? (
        <Text size="sm" c="dimmed">
          {name}: the trace was deleted since.
        </Text>
      ) : (
        <>
          <Link to={`/traces/${trace.uuid}`} className={classes.name}>
            {name}
          </Link>
          <MarkedText text={trace.prompt.slice(0, SHOWN)} parts={parts} tag={tag} />
          {trace.prompt.length > SHOWN && (
            <Text size="xs" c="dimmed">
              the first {SHOWN.toLocaleString("en")} characters
            </Text>
          )}
        </>
      )}
    </div>
  );
}
