import { useQuery } from "@apollo/client/react";
import { Select, Text, Title } from "@mantine/core";
import { type ReactElement, useEffect, useMemo, useRef } from "react";
import { Link, useNavigate } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import { numberOf, short, whole } from "../../../../shared/format/numbers.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { Preview } from "../../../../shared/preview/Preview.tsx";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import classes from "./Around.module.css";
import { type Answer, byScore, scoreBy, scorersOf } from "./answers.ts";
import { useTraceList } from "./useTraceList.ts";

const OTHER_ANSWERS = graphql(`
  query OtherAnswers($promptHash: String!) {
    traces(where: { promptHash: { eq: $promptHash } }, first: 100) {
      totalCount
      edges {
        node {
          id
          uuid
          source
          stepCount
          finalAnswerPreview
          latestScores {
            id
            scorer
            score
          }
        }
      }
    }
  }
`);

/** All answers to a trace's prompt side by side, the highest score first; nothing if there is no other. */
export function OtherAnswers({ uuid, promptHash }: { uuid: string; promptHash: string }): ReactElement | null {
  const { data } = useQuery(OTHER_ANSWERS, { variables: { promptHash }, fetchPolicy: "cache-and-network" });
  const answers = useMemo(() => data?.traces.edges.map((edge) => edge.node) ?? [], [data]);
  const scorers = useMemo(() => scorersOf(answers), [answers]);
  const [chosen, setChosen] = useUrlText("answersBy");
  const scorer = chosen ?? scorers[0];
  const ordered = useMemo(() => byScore(answers, scorer), [answers, scorer]);
  useAnswerKeys(ordered, uuid);
  if (data === undefined || answers.length < 2) {
    return null;
  }
  const count = data.traces.totalCount;
  return (
    <section aria-label="Answers to the same prompt" className={classes.answers}>
      <div className={classes.head}>
        <Title order={2} className={classes.title}>
          {whole(count)} answers to this prompt{count > answers.length ? `, ${answers.length} shown` : ""}
        </Title>
        {scorers.length > 0 && (
          <Select aria-label="Order the answers by" data={scorers} value={scorer ?? null} onChange={(value) => setChosen(value)} allowDeselect={false} w={180} />
        )}
      </div>
      <Strip answers={ordered} scorer={scorer} current={uuid} />
    </section>
  );
}

function Strip({ answers, scorer, current }: { answers: readonly Answer[]; scorer: string | undefined; current: string }): ReactElement {
  return (
    <ul className={classes.strip}>
      {answers.map((answer) => (
        <AnswerItem key={answer.id} answer={answer} scorer={scorer} isHere={answer.uuid === current} current={current} />
      ))}
    </ul>
  );
}

interface AnswerProps {
  answer: Answer;
  scorer: string | undefined;
  /** Whether it is the trace of the page. */
  isHere: boolean;
  current: string;
}

function AnswerItem({ answer, scorer, isHere, current }: AnswerProps): ReactElement {
  const { search } = useTraceList();
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isHere && item.current?.parentElement) {
      item.current.parentElement.scrollLeft = item.current.offsetLeft - 96;
    }
  }, [isHere]);
  const score = scoreBy(answer, scorer);
  return (
    <li className={classes.answer} aria-current={isHere} ref={item}>
      <Link to={`/traces/${answer.uuid}${search}`} className={classes.answerText}>
        <span className={classes.answerScore}>{score === undefined ? "no score" : short(score)}</span>
        <Preview text={answer.finalAnswerPreview} className={classes.preview} />
      </Link>
      <Text size="xs" c="dimmed" className={classes.answerFoot} component="div">
        <span className={classes.source}>{answer.source ?? "no source"}</span>
        <span>{numberOf(answer.stepCount, "step")}</span>
        {isHere ? <span>this one</span> : <Link to={`/compare?${new URLSearchParams({ a: current, b: answer.uuid })}`}>Compare</Link>}
      </Text>
    </li>
  );
}

/** `{` and `}` go to the answer with the next higher and lower score. */
function useAnswerKeys(answers: readonly Answer[], current: string): void {
  const navigate = useNavigate();
  const { search } = useTraceList();
  const keys = useMemo(() => {
    const go = (by: number) => (): void => {
      const to = answers[answers.findIndex(({ uuid }) => uuid === current) + by];
      void (to !== undefined && navigate(`/traces/${to.uuid}${search}`));
    };
    const bindings = [
      { keys: "{", label: "Answer to the same prompt with a higher score", run: go(-1) },
      { keys: "}", label: "Answer to the same prompt with a lower score", run: go(1) },
    ];
    return answers.length < 2 ? [] : bindings;
  }, [answers, current, navigate, search]);
  useKeys("Trace", keys);
}
