import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { short, whole } from "../../../shared/format/numbers.ts";
import { Section } from "../../../shared/section/Section.tsx";
import type { ShownGeneration } from "./documents.ts";
import classes from "./Generation.module.css";

type Answer = ShownGeneration["traces"]["edges"][number]["node"];

/** The newest answers, with the ways to all of them, to their groups, to an evaluation, and to a dataset. */
export function Answers({ generation: { uuid, dataset, scorers, answerCount, traces } }: { generation: ShownGeneration }): ReactElement {
  const where = JSON.stringify({ producedBy: { generationId: { eq: uuid } } });
  const evaluation = new URLSearchParams([["candidate", `generation:${uuid}`], ...(dataset === null ? [] : [["dataset", dataset.key]]), ...scorers.slice(0, 1).map((scorer) => ["scorer", scorer])]);
  return (
    <Section
      title="Answers"
      about={
        <>
          <Link to={`/traces?${new URLSearchParams({ where })}`}>All {whole(answerCount)} in the list of traces</Link> ·{" "}
          <Link to={`/groups?${new URLSearchParams({ where, show: "any" })}`}>by prompt</Link> ·{" "}
          <Link to={`/evaluations/new?${evaluation}`}>evaluate them</Link>
          {scorers[0] !== undefined && (
            <>
              {" · "}
              <Link to={`/traces?${new URLSearchParams({ where: scoreWhere(uuid, scorers[0], { lt: 1 }) })}`}>the wrong ones</Link>
              {" · "}
              <Link to={`/datasets/new?${new URLSearchParams({ where: scoreWhere(uuid, scorers[0], { gte: 1 }) })}`}>make a dataset of the correct ones</Link>
            </>
          )}
        </>
      }
    >
      {traces.edges.length === 0 ? (
        <Text size="sm" c="dimmed">
          There are none yet.
        </Text>
      ) : (
        <ul className={classes.answers} aria-label="Newest answers">
          {traces.edges.map(({ node }) => (
            <AnswerRow key={node.id} answer={node} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** The filter of the answers of a generation by their latest score of a scorer, as JSON. */
function scoreWhere(uuid: string, scorer: string, score: { lt: number } | { gte: number }): string {
  const latest = { scorer: { eq: scorer }, stepIndex: { isNull: true }, latest: true, score };
  return JSON.stringify({ producedBy: { generationId: { eq: uuid } }, scores: { some: latest } });
}

function AnswerRow({ answer: { uuid, promptPreview, finalAnswerPreview, latestScores, producedBy } }: { answer: Answer }): ReactElement {
  const marks = [
    ...latestScores.map(({ scorer, score }) => `${scorer} ${short(score)}`),
    ...(typeof producedBy?.tokenCount === "number" ? [`${whole(producedBy.tokenCount)} tokens`] : []),
    ...(producedBy?.finishReason === "LENGTH" ? ["cut off"] : []),
    ...(producedBy?.malformed ? ["malformed"] : []),
  ];
  return (
    <li>
      <Link to={`/traces/${uuid}`} className={classes.text}>
        <bdi>{promptPreview}</bdi>
      </Link>
      <bdi className={classes.text}>{finalAnswerPreview}</bdi>
      <span className={classes.marks}>{marks.join(" · ")}</span>
    </li>
  );
}
