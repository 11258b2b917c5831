import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Chips } from "../../../shared/chips/Chips.tsx";
import { decimalsFor, withSign } from "../../../shared/format/numbers.ts";
import { Section } from "../../../shared/section/Section.tsx";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import type { Pair, ShownEvaluation } from "../page/documents.ts";
import { AlignedPrompts } from "./AlignedPrompts.tsx";
import classes from "./Pairs.module.css";
import { choiceOf, RESULTS, type Result, resultOf, verdictOf } from "./results.ts";

/** The comparisons of every two candidates; what each won, lost and tied opens the prompts. */
export function Pairs({ evaluation: { pairs } }: { evaluation: ShownEvaluation }): ReactElement | null {
  const [open, setOpen] = useUrlText("open");
  const [uuid, name] = (open ?? "").split(":");
  const result = resultOf(name);
  if (pairs.edges.length === 0) {
    return null;
  }
  const decimals = decimalsFor(pairs.edges.flatMap(({ node: { difference, low, high } }) => [difference, low, high]));
  return (
    <Section
      title="Comparisons"
      about="Differences are of the first minus the second, with 95 % confidence intervals (paired bootstrap); p-values are corrected for the number of comparisons."
    >
      <ul className={classes.list} aria-label="Comparisons">
        {pairs.edges.map(({ node: pair }) => (
          <PairRow
            key={pair.id}
            pair={pair}
            decimals={decimals}
            open={pair.uuid === uuid ? result : undefined}
            onOpen={(next) => setOpen(next === undefined ? null : `${pair.uuid}:${next}`, { push: true })}
          />
        ))}
      </ul>
    </Section>
  );
}

interface RowProps {
  pair: Pair;
  decimals: number;
  open: Result | undefined;
  onOpen: (result: Result | undefined) => void;
}

function PairRow({ pair, decimals, open, onOpen }: RowProps): ReactElement {
  const { a, b, difference, low, high, pHolm, test } = pair;
  const by = test === "MCNEMAR" ? "McNemar's exact test" : "permutation test";
  return (
    <li className={classes.pair}>
      <div className={classes.names}>
        <b>
          <bdi>{a.name}</bdi>
        </b>{" "}
        against{" "}
        <b>
          <bdi>{b.name}</bdi>
        </b>
        <Text size="xs" c="dimmed">
          {verdictOf(pair)}
        </Text>
      </div>
      <span className={classes.difference}>
        {withSign(difference, decimals)} ({withSign(low, decimals)} to {withSign(high, decimals)})
      </span>
      <span className={classes.verdict} title={by}>
        p {pHolm < 0.001 ? "< 0.001" : `= ${pHolm.toFixed(3)}`}
      </span>
      <Chips
        label={`Results of ${a.name} against ${b.name}`}
        choices={RESULTS.map((value) => choiceOf(pair, value))}
        chosen={open}
        onChoose={onOpen}
      />
      {open && (
        <div className={classes.prompts}>
          <AlignedPrompts pair={pair} result={open} />
        </div>
      )}
    </li>
  );
}
