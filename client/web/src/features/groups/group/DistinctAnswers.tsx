import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { ShareBar } from "../../../shared/bars/ShareBar.tsx";
import { whole } from "../../../shared/format/numbers.ts";
import { previewText } from "../../../shared/preview/previewText.ts";
import { Section } from "../../../shared/section/Section.tsx";
import type { ShownGroup } from "./documents.ts";
import classes from "./Group.module.css";

/** The number of times each final answer was given, the most frequent first; the first is the majority's, if there is a majority. */
export function DistinctAnswers({ group: { distinctAnswers, distinctAnswerCount, majorityAnswer } }: { group: ShownGroup }): ReactElement {
  const widest = Math.max(...distinctAnswers.map(({ count }) => count));
  const more = distinctAnswerCount - distinctAnswers.length;
  return (
    <Section title={`Final answers (${whole(distinctAnswerCount)} distinct)`}>
      <ul className={classes.answers} aria-label="Final answers">
        {distinctAnswers.map(({ answer, count, gradedCount, correctCount }, place) => (
          <li key={answer}>
            <bdi className={classes.answer} title={answer}>
              {previewText(answer)}
            </bdi>
            <ShareBar correct={correctCount} graded={gradedCount} size={count} widest={widest} />
            <span className={classes.number}>
              {whole(count)}
              {gradedCount > 0 && ` · ${whole(correctCount)} correct`}
              {place === 0 && majorityAnswer !== null && " · majority"}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Text size="xs" c="dimmed" mt={8}>
          {whole(more)} rarer ones are not listed.
        </Text>
      )}
    </Section>
  );
}
