import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { short, whole } from "../../../shared/format/numbers.ts";
import { Markdown } from "../../../shared/markdown/Markdown.tsx";
import { previewText } from "../../../shared/preview/previewText.ts";
import { Section } from "../../../shared/section/Section.tsx";
import { byScore, scoreOf } from "./answers.ts";
import type { GroupTrace, ShownGroup } from "./documents.ts";
import classes from "./Group.module.css";

interface Props {
  group: ShownGroup;
  scorer: string | null;
}

/** The answers side by side, the highest score first. */
export function AnswerStrip({ group: { key, traces }, scorer }: Props): ReactElement {
  const answers = byScore(traces.edges.map(({ node }) => node), scorer);
  const all = `/traces?${new URLSearchParams({ where: JSON.stringify({ group: { eq: key } }) })}`;
  const best = answers[0];
  return (
    <Section
      title="Answers"
      about={
        <>
          {scorer === null ? "" : `Ordered by ${scorer}. `}
          {traces.totalCount > answers.length && `The newest ${answers.length} of ${whole(traces.totalCount)}. `}
          <Link to={all}>See them in the list of traces</Link>
        </>
      }
    >
      {/* The strip is scrolled by the arrow keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className={classes.strip} aria-label="Answers" tabIndex={0}>
        {answers.map((trace) => (
          <AnswerCard key={trace.id} trace={trace} scorer={scorer} other={trace === best ? undefined : best} />
        ))}
      </ul>
    </Section>
  );
}

interface CardProps {
  trace: GroupTrace;
  scorer: string | null;
  /** The answer that it is compared with. */
  other: GroupTrace | undefined;
}

function AnswerCard({ trace, scorer, other }: CardProps): ReactElement {
  const score = scoreOf(trace, scorer);
  return (
    <li className={classes.card}>
      <div className={classes.cardHead}>
        <span className={classes.score}>{score === undefined ? "no score" : short(score)}</span>
        <bdi className={classes.final} title={trace.finalAnswerPreview}>
          {previewText(trace.finalAnswerPreview)}
        </bdi>
      </div>
      {/* Long answers are scrolled within their card. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role */}
      <div className={classes.steps} tabIndex={0} role="group" aria-label={`Steps of the answer ${trace.finalAnswerPreview}`}>
        {trace.steps.map(({ index, content }) => (
          <div key={index} className={classes.step}>
            <Markdown text={content} />
          </div>
        ))}
      </div>
      <Text component="div" c="dimmed" className={classes.cardFoot}>
        <span className={classes.answer} style={{ flex: 1 }}>
          {origin(trace)}
        </span>
        {other && <Link to={`/compare?${new URLSearchParams({ a: other.uuid, b: trace.uuid })}`}>Compare</Link>}
        <Link to={`/traces/${trace.uuid}`}>Open</Link>
      </Text>
    </li>
  );
}

/** The origin of an answer, in a few words. */
function origin({ source, producedBy }: GroupTrace): string {
  if (producedBy === null) {
    return source ?? "no source";
  }
  const { modelId, checkpointStep, tokenCount, finishReason, malformed } = producedBy;
  const marks = [finishReason === "LENGTH" ? "cut off" : "", malformed ? "malformed" : ""].filter(Boolean);
  return [modelId, checkpointStep === null ? "" : `step ${checkpointStep}`, tokenCount === null ? "" : `${whole(tokenCount)} tokens`, ...marks].filter(Boolean).join(" · ");
}
