import { useQuery } from "@apollo/client/react";
import { Slider, Text } from "@mantine/core";
import { type ReactElement, useMemo, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import { short, whole } from "../../../../shared/format/numbers.ts";
import { Preview } from "../../../../shared/preview/Preview.tsx";
import { Section } from "../../../../shared/section/Section.tsx";
import { scoreOf } from "../answers.ts";
import classes from "./Checkpoints.module.css";
import { type CheckpointAnswer, type RunCheckpoints, runsOf } from "./steps.ts";

const CHECKPOINT_ANSWERS = graphql(`
  query CheckpointAnswers($key: String!) {
    traceGroup(key: $key) {
      key
      traces(where: { producedBy: { checkpointStep: { isNull: false } } }, first: 200) {
        totalCount
        edges {
          node {
            id
            uuid
            finalAnswerPreview
            steps {
              index
              content
            }
            latestScores {
              id
              scorer
              score
            }
            producedBy {
              modelId
              checkpointStep
              run {
                id
                uuid
                outputName
              }
            }
          }
        }
      }
    }
  }
`);

const SHOWN_MAX = 8;

interface Props {
  groupKey: string;
  scorer: string | null;
}

/** The answers to the prompt at the checkpoints of each run that has answers of several; renders nothing without one. */
export function CheckpointSliders({ groupKey, scorer }: Props): ReactElement | null {
  const { data } = useQuery(CHECKPOINT_ANSWERS, { variables: { key: groupKey }, fetchPolicy: "cache-and-network" });
  const runs = useMemo(() => runsOf(data?.traceGroup?.traces.edges.map(({ node }) => node) ?? []), [data]);
  return runs.length === 0 ? null : (
    <Section title="Over the checkpoints" about="Drag the handle, or move it by the arrow keys.">
      {runs.map((run) => (
        <CheckpointSlider key={run.id} run={run} scorer={scorer} />
      ))}
    </Section>
  );
}

function CheckpointSlider({ run: { id, name, checkpoints }, scorer }: { run: RunCheckpoints; scorer: string | null }): ReactElement | null {
  const last = checkpoints.length - 1;
  const [chosen, setChosen] = useState<number | null>(null);
  const place = Math.min(chosen ?? last, last);
  const shown = checkpoints[place];
  if (shown === undefined) {
    return null;
  }
  const scores = shown.answers.flatMap((answer) => scoreOf(answer, scorer) ?? []);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return (
    <div className={classes.run}>
      <Text size="sm" component="div">
        <Link to={`/runs/${id}`}>{name}</Link> · step {whole(shown.step)}
        {scores.length > 0 && ` · mean score ${short(mean)}`}
      </Text>
      <Slider
        className={classes.slider}
        thumbLabel={`Checkpoint of ${name}`}
        min={0}
        max={last}
        step={1}
        marks={checkpoints.map(({ step }, value) => ({ value, label: value === 0 || value === last ? whole(step) : undefined }))}
        label={(value) => `step ${whole(checkpoints[value]?.step ?? 0)}`}
        value={place}
        onChange={setChosen}
      />
      <ul className={classes.answers} aria-label={`Answers at step ${shown.step}`}>
        {shown.answers.slice(0, SHOWN_MAX).map((answer) => (
          <AnswerRow key={answer.id} answer={answer} scorer={scorer} />
        ))}
      </ul>
      {shown.answers.length > SHOWN_MAX && (
        <Text size="xs" c="dimmed">
          {whole(shown.answers.length - SHOWN_MAX)} more at this step.
        </Text>
      )}
    </div>
  );
}

function AnswerRow({ answer, scorer }: { answer: CheckpointAnswer; scorer: string | null }): ReactElement {
  const score = scoreOf(answer, scorer);
  return (
    <li>
      <span className={classes.score}>{score === undefined ? "–" : short(score)}</span>
      <Link to={`/traces/${answer.uuid}`}>
        <Preview text={answer.finalAnswerPreview} />
      </Link>
      <bdi className={classes.steps}>{answer.steps.map(({ content }) => content).join(" ")}</bdi>
    </li>
  );
}
