import { useQuery } from "@apollo/client/react";
import { Button, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { AlignedPromptsQuery } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../shared/feedback/Stale.tsx";
import { short } from "../../../shared/format/numbers.ts";
import { Preview } from "../../../shared/preview/Preview.tsx";
import type { Pair } from "../page/documents.ts";
import classes from "./Pairs.module.css";
import { choiceOf, firstDifference, type Result, RESULTS } from "./results.ts";

const ALIGNED_PROMPTS = graphql(`
  query AlignedPrompts($id: ID!, $first: Int!, $isWins: Boolean!, $isLosses: Boolean!, $isTies: Boolean!, $isBothWrong: Boolean!) {
    node(id: $id) {
      id
      ... on EvaluationPair {
        wins(first: $first) @include(if: $isWins) {
          ...AlignedPage @unmask
        }
        losses(first: $first) @include(if: $isLosses) {
          ...AlignedPage @unmask
        }
        ties(first: $first) @include(if: $isTies) {
          ...AlignedPage @unmask
        }
        bothWrong(first: $first) @include(if: $isBothWrong) {
          ...AlignedPage @unmask
        }
      }
    }
  }
  fragment AlignedPage on AlignedPromptConnection {
    edges {
      node {
        position
        scoreA
        scoreB
        traceA {
          ...AlignedAnswer @unmask
        }
        traceB {
          ...AlignedAnswer @unmask
        }
      }
    }
  }
  fragment AlignedAnswer on Trace {
    id
    uuid
    promptPreview
    finalAnswerPreview
    steps {
      index
      content
    }
  }
`);

type PairNode = Extract<AlignedPromptsQuery["node"], { __typename: "EvaluationPair" }>;
type AlignedPage = NonNullable<PairNode["wins"]>;
type Aligned = AlignedPage["edges"][number]["node"];
type Answer = NonNullable<Aligned["traceA"]>;

const PAGE = 10;
const MOST = 500;

/**
 * The prompts of a pair with a result: both answers, with the first step in which they differ. Those of the result
 * before stay on the screen until these have come.
 */
export function AlignedPrompts({ pair, result }: { pair: Pair; result: Result }): ReactElement {
  const [shown, setShown] = useState({ result, first: PAGE });
  const first = shown.result === result ? shown.first : PAGE;
  const setFirst = (next: number): void => setShown({ result, first: next });
  const variables = { id: pair.id, first, isWins: result === "wins", isLosses: result === "losses", isTies: result === "ties", isBothWrong: result === "bothWrong" };
  const { data, previousData, error, loading, refetch } = useQuery(ALIGNED_PROMPTS, { variables });
  const isStale = data === undefined;
  const found = shownOf((data ?? previousData)?.node);
  if (error) {
    return <ErrorNotice title="The prompts could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />;
  }
  if (!found) {
    return <RowSkeletons />;
  }
  const { count, label } = choiceOf(pair, found.result);
  return (
    <Stale isStale={isStale}>
      <ol className={classes.prompts} aria-label={`Prompts: ${label}`}>
        {found.page.edges.map(({ node: prompt }) => (
          <AlignedRow key={prompt.position} prompt={prompt} pair={pair} />
        ))}
        {count > found.page.edges.length && first < MOST && (
          <li>
            <Button variant="subtle" size="compact-xs" loading={loading} onClick={() => setFirst(Math.min(MOST, first * 3))}>
              Show more of {count.toLocaleString("en")}
            </Button>
          </li>
        )}
      </ol>
    </Stale>
  );
}

/** The page that an answer has, and its result; an earlier answer may have another one than the chosen. */
function shownOf(node: AlignedPromptsQuery["node"] | undefined): { result: Result; page: AlignedPage } | undefined {
  if (node?.__typename !== "EvaluationPair") {
    return undefined;
  }
  return RESULTS.flatMap((result) => {
    const page = node[result];
    return page ? [{ result, page }] : [];
  })[0];
}

function AlignedRow({ prompt: { position, scoreA, scoreB, traceA, traceB }, pair }: { prompt: Aligned; pair: Pair }): ReactElement {
  const place = traceA && traceB ? firstDifference(traceA.steps, traceB.steps) : undefined;
  return (
    <li className={classes.prompt}>
      <Text size="xs" c="dimmed">
        prompt {position}
        {traceA && traceB && (
          <>
            {" · "}
            <Link to={`/compare?${new URLSearchParams({ a: traceA.uuid, b: traceB.uuid })}`}>Compare step by step</Link>
          </>
        )}
      </Text>
      <Preview text={(traceA ?? traceB)?.promptPreview ?? "Both answers were deleted since."} />
      <div className={classes.sides}>
        <Side name={pair.a.name} score={scoreA} trace={traceA} place={place} />
        <Side name={pair.b.name} score={scoreB} trace={traceB} place={place} />
      </div>
    </li>
  );
}

interface SideProps {
  name: string;
  score: number;
  trace: Answer | null;
  /** The position of the first step in which both differ. */
  place: number | undefined;
}

function Side({ name, score, trace, place }: SideProps): ReactElement {
  const step = place === undefined ? undefined : trace?.steps[place];
  return (
    <div className={classes.side}>
      <Text size="xs" c="dimmed">
        <bdi>{name}</bdi> · {short(score)}
      </Text>
      {trace === null ? (
        <Text size="sm" c="dimmed">
          The answer was deleted since.
        </Text>
      ) : (
        <>
          <Link to={`/traces/${trace.uuid}`}>
            <Preview text={trace.finalAnswerPreview} />
          </Link>
          {place !== undefined && (
            <Text size="xs" component="p" className={classes.step} dir="auto">
              {step === undefined ? `No step ${place}` : `First difference, step ${step.index}: ${step.content}`}
            </Text>
          )}
        </>
      )}
    </div>
  );
}
