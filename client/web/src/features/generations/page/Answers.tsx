import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { numberOf, short, whole } from "../../../shared/format/numbers.ts";
import { Preview } from "../../../shared/preview/Preview.tsx";
import { Section } from "../../../shared/section/Section.tsx";
import type { ShownGeneration } from "./documents.ts";
import classes from "./Generation.module.css";
import { answersWhere, scoreWhere } from "./where.ts";

type Answer = ShownGeneration["traces"]["edges"][number]["node"];

/** The newest answers, with the ways to all of them, to their groups, and to the wrong ones. */
export function Answers({ generation: { uuid, scorers, answerCount, traces } }: { generation: ShownGeneration }): ReactElement {
  const where = answersWhere(uuid);
  const ways = (
    <>
      See <Link to={`/traces?${new URLSearchParams({ where })}`}>all {numberOf(answerCount, "trace")}</Link>
      {scorers[0] === undefined ? " or " : ", "}
      <Link to={`/groups?${new URLSearchParams({ where, show: "any" })}`}>the groups by prompt</Link>
      {scorers[0] !== undefined && (
        <>
          {" or "}
          <Link to={`/traces?${new URLSearchParams({ where: scoreWhere(uuid, scorers[0], { lt: 1 }) })}`}>the wrong ones</Link>
        </>
      )}
      .
    </>
  );
  return traces.edges.length === 0 ? (
    <Section title="Answers">
      <Text size="sm" c="dimmed">
        There are none yet.
      </Text>
    </Section>
  ) : (
    <Section title="Newest answers" about={ways}>
      <AnswerTable answers={traces.edges.map(({ node }) => node)} />
    </Section>
  );
}

function AnswerTable({ answers }: { answers: readonly Answer[] }): ReactElement {
  const scorers = [...new Set(answers.flatMap(({ latestScores }) => latestScores.map(({ scorer }) => scorer)))].toSorted();
  return (
    <table className={classes.answers} aria-label="Newest answers">
      <thead>
        <tr>
          <th scope="col">Prompt</th>
          <th scope="col" className={classes.answer}>
            Final answer
          </th>
          {scorers.map((scorer) => (
            <th key={scorer} scope="col" className={classes.score} title={scorer}>
              {scorer}
            </th>
          ))}
          <th scope="col" className={classes.tokens}>
            Tokens
          </th>
          <th scope="col" className={classes.remarks}>
            Remarks
          </th>
        </tr>
      </thead>
      <tbody>
        {answers.map((answer) => (
          <AnswerRow key={answer.id} answer={answer} scorers={scorers} />
        ))}
      </tbody>
    </table>
  );
}

function AnswerRow({ answer: { uuid, promptPreview, finalAnswerPreview, latestScores, producedBy }, scorers }: { answer: Answer; scorers: readonly string[] }): ReactElement {
  const remarks = [...(producedBy?.finishReason === "LENGTH" ? ["cut off"] : []), ...(producedBy?.malformed ? ["malformed"] : [])];
  return (
    <tr>
      <td>
        <Link to={`/traces/${uuid}`}>
          <Preview text={promptPreview} />
        </Link>
      </td>
      <td>
        <Preview text={finalAnswerPreview} />
      </td>
      {scorers.map((name) => (
        <td key={name} className={classes.score}>
          {latestScores.filter(({ scorer, stepIndex }) => scorer === name && stepIndex === null).map(({ score }) => short(score))}
        </td>
      ))}
      <td className={classes.tokens}>{typeof producedBy?.tokenCount === "number" && whole(producedBy.tokenCount)}</td>
      <td className={classes.remarks}>{remarks.join(", ")}</td>
    </tr>
  );
}
