import type { ReactElement } from "react";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { percent, precisePercent, short, whole } from "../../../shared/format/numbers.ts";
import type { ShownGroup } from "./documents.ts";

/** The statistics of a group: how many are right, pass@k, mean and spread of the scores, and the reference answer. */
export function GroupFacts({ group }: { group: ShownGroup }): ReactElement {
  const { correctCount, gradedCount, size, mean, variance, referenceAnswer } = group;
  return (
    <Facts>
      {referenceAnswer !== null && (
        <Fact name="Reference answer">
          <bdi>{referenceAnswer}</bdi>
        </Fact>
      )}
      <Fact name="Answers">{whole(size)}</Fact>
      {gradedCount === 0 ? (
        <Fact name="Correct">not graded</Fact>
      ) : (
        <Fact name="Correct">
          {whole(correctCount)} of {whole(gradedCount)} · {percent(correctCount / gradedCount)}
        </Fact>
      )}
      {passes(group).map(([k, share]) => (
        <Fact key={k} name={`pass@${k}`}>
          {precisePercent(share)}
        </Fact>
      ))}
      {mean !== null && (
        <Fact name="Mean score">
          {short(mean)}
          {variance !== null && ` ± ${short(Math.sqrt(variance))}`}
        </Fact>
      )}
    </Facts>
  );
}

/** Returns pass@k for the numbers of draws for which there are enough graded traces. */
export function passes(group: ShownGroup): [number, number][] {
  const { pass1, pass2, pass4, pass8, pass16, pass64 } = group;
  const all: [number, number | null][] = [[1, pass1], [2, pass2], [4, pass4], [8, pass8], [16, pass16], [64, pass64]];
  return all.flatMap(([k, share]) => (share === null ? [] : [[k, share]]));
}
