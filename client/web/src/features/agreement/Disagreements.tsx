import { Button, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { short, whole } from "../../shared/format/numbers.ts";
import { Preview } from "../../shared/preview/Preview.tsx";
import { Section } from "../../shared/section/Section.tsx";
import classes from "./Agreement.module.css";
import type { Agreement, Disagreement } from "./documents.ts";
import type { Grader } from "./graders.ts";

interface Props {
  agreement: Agreement;
  a: Grader;
  b: Grader;
  isBusy: boolean;
  /** Loads more of them; undefined if no more can be. */
  onMore: (() => void) | undefined;
}

/** The traces that pass with one of two scorers alone, the newest first. */
export function Disagreements({ agreement: { onlyACount, onlyBCount, disagreements }, a, b, isBusy, onMore }: Props): ReactElement {
  const total = onlyACount + onlyBCount;
  const rows = disagreements.edges;
  return (
    <Section title="Disagreements">
      {total === 0 ? (
        <Text size="sm" c="dimmed">
          There are none.
        </Text>
      ) : (
        <ul className={classes.rows} aria-label="Disagreements">
          {rows.map(({ node }) => (
            <Row key={node.id} trace={node} a={a} b={b} />
          ))}
        </ul>
      )}
      {total > rows.length && onMore && (
        <Button variant="subtle" size="compact-xs" mt="xs" loading={isBusy} onClick={onMore}>
          Show more of {whole(total)}
        </Button>
      )}
    </Section>
  );
}

function Row({ trace: { uuid, promptPreview, finalAnswerPreview, latestScores }, a, b }: { trace: Disagreement; a: Grader; b: Grader }): ReactElement {
  const scoreText = ({ scorer }: Grader): string => {
    const score = latestScores.find((each) => each.scorer === scorer);
    return `${scorer} ${score === undefined ? "–" : short(score.score)}`;
  };
  return (
    <li>
      <Link to={`/traces/${uuid}`} className={classes.text}>
        <Preview text={promptPreview} />
      </Link>
      <Preview text={finalAnswerPreview} className={classes.text} />
      <span className={classes.marks}>
        {scoreText(a)} · {scoreText(b)}
      </span>
    </li>
  );
}
