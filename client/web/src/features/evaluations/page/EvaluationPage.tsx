import { useQuery } from "@apollo/client/react";
import { Button, Progress } from "@mantine/core";
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { whole } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { WorkerNotice } from "../../../shared/jobs/WorkerNotice.tsx";
import { isUnfinished, usePollingWhile } from "../../../shared/live/usePollingWhile.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { Pairs } from "../pairs/Pairs.tsx";
import { EvaluationActions } from "./Actions.tsx";
import { Candidates } from "./Candidates.tsx";
import { EVALUATION, type ShownEvaluation } from "./documents.ts";
import { TruthGuard } from "./TruthGuard.tsx";
import classes from "./Evaluation.module.css";

const POLL_MS = 1500;

/** The page of an evaluation: its candidates with their intervals, and the comparisons of every two. */
export function Component(): ReactElement {
  const { id = "" } = useParams();
  const query = useQuery(EVALUATION, { variables: { id }, fetchPolicy: "cache-and-network", skipPollAttempt: () => document.hidden });
  const { data, error, refetch } = query;
  usePageQuery(EVALUATION, { id });
  const evaluation = data?.evaluation;
  usePollingWhile(evaluation ? isUnfinished(evaluation) : false, POLL_MS, query);
  return (
    <>
      <PageHeader title={evaluation?.name ?? "Evaluation"} aside={evaluation && <StatusBadge status={evaluation.status} />}>
        {evaluation && <EvaluationActions evaluation={evaluation} />}
      </PageHeader>
      <div className={classes.page}>
        {error && <ErrorNotice title="The evaluation could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {evaluation === undefined && !error && <RowSkeletons />}
        {evaluation === null && <NoEvaluation />}
        {evaluation && <Shown evaluation={evaluation} />}
      </div>
    </>
  );
}

function Shown({ evaluation }: { evaluation: ShownEvaluation }): ReactElement {
  const { status, progress, error } = evaluation;
  return (
    <>
      <WorkerNotice status={status} kind="EVALUATION" />
      <EvaluationFacts evaluation={evaluation} />
      {error !== null && <ErrorNotice title="The evaluation has no result" errors={[{ ...error, field: "" }]} />}
      {isUnfinished(evaluation) && <Progress value={100 * progress} size="sm" mb="md" aria-label="Progress" animated={status === "RUNNING"} />}
      <TruthGuard evaluation={evaluation} />
      <Candidates evaluation={evaluation} />
      <Pairs evaluation={evaluation} />
    </>
  );
}

function EvaluationFacts({ evaluation }: { evaluation: ShownEvaluation }): ReactElement {
  const { dataset, datasetKey, scorer, promptCount, samplesPerPrompt, createdAt } = evaluation;
  return (
    <Facts>
      <Fact name="Dataset">
        {dataset === null ? `${datasetKey} (deleted)` : <Link to={`/datasets/${encodeURIComponent(dataset.key)}`}>{dataset.key}</Link>}
      </Fact>
      <Fact name="Scorer">{scorer}</Fact>
      <Fact name="Prompts">{promptCount > 0 ? whole(promptCount) : null}</Fact>
      <Fact name="Answers per prompt">{samplesPerPrompt === null ? null : `at most ${whole(samplesPerPrompt)}`}</Fact>
      <Fact name="Created">
        <RelativeTime at={createdAt} />
      </Fact>
    </Facts>
  );
}

function NoEvaluation(): ReactElement {
  return (
    <EmptyState
      title="This evaluation does not exist"
      actions={
        <Button component={Link} to="/evaluations">
          Show all evaluations
        </Button>
      }
    >
      It may have been deleted, here or in another window.
    </EmptyState>
  );
}
