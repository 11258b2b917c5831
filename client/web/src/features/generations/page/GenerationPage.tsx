import { useQuery } from "@apollo/client/react";
import { Button, Code } from "@mantine/core";
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { WorkerNotice } from "../../../shared/jobs/WorkerNotice.tsx";
import { isUnfinished, usePollingWhile } from "../../../shared/live/usePollingWhile.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { GenerationActions } from "./Actions.tsx";
import { Answers } from "./Answers.tsx";
import { GENERATION, type ShownGeneration } from "./documents.ts";
import { NextSteps } from "./NextSteps.tsx";
import { GenerationFacts, GenerationProgress } from "./GenerationFacts.tsx";
import classes from "./Generation.module.css";

const POLL_MS = 1500;

/** The page of a generation: its progress, its settings, and its newest answers. */
export function Component(): ReactElement {
  const { id = "" } = useParams();
  const query = useQuery(GENERATION, { variables: { id }, fetchPolicy: "cache-and-network", skipPollAttempt: () => document.hidden });
  const { data, error, refetch } = query;
  usePageQuery(GENERATION, { id });
  const generation = data?.generation;
  usePollingWhile(generation ? isUnfinished(generation) : false, POLL_MS, query);
  return (
    <>
      <PageHeader title={generation ? `Answers of ${generation.modelId}` : "Generation"} aside={generation && <StatusBadge status={generation.status} />}>
        {generation && <NextSteps generation={generation} />}
        {generation && <GenerationActions generation={generation} />}
      </PageHeader>
      <div className={classes.page}>
        {error && <ErrorNotice title="The generation could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {generation === undefined && !error && <RowSkeletons />}
        {generation === null && <NoGeneration />}
        {generation && <Shown generation={generation} />}
      </div>
    </>
  );
}

function Shown({ generation }: { generation: ShownGeneration }): ReactElement {
  const { error, stderr } = generation;
  return (
    <>
      <WorkerNotice status={generation.status} kind="GENERATION" labels={generation.labels} />
      <GenerationProgress generation={generation} />
      {error !== null && <ErrorNotice title="The generation did not complete" errors={[{ ...error, field: "" }]} />}
      {error !== null && stderr !== "" && (
        <Code block mb="md" style={{ maxHeight: 240, overflow: "auto" }}>
          {stderr}
        </Code>
      )}
      <GenerationFacts generation={generation} />
      <Answers generation={generation} />
    </>
  );
}

function NoGeneration(): ReactElement {
  return (
    <EmptyState
      title="This generation does not exist"
      actions={
        <Button component={Link} to="/generations">
          Show all generations
        </Button>
      }
    >
      It may have been deleted, here or in another window; its answers are kept as traces.
    </EmptyState>
  );
}
