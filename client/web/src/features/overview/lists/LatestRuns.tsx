import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { Sparkline } from "../../../shared/chart/Sparkline.tsx";
import { duration } from "../../../shared/format/time.ts";
import { Decimal } from "../../../shared/format/Decimal.tsx";
import { percent } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { runName } from "../../../shared/runName.ts";
import { OverviewList } from "./OverviewList.tsx";
import classes from "./lists.module.css";

const RUN = graphql(`
  fragment OverviewRun on Run {
    id
    uuid
    status
    progress
    createdAt
    modelId
    mode
    datasetKey
    outputName
    trainingProgress {
      etaSeconds
    }
    loss: metrics(names: ["train/loss"], maxPoints: 48) {
      name
      steps
      values
    }
  }
`);

type RunRef = FragmentType<typeof RUN>;

/** The runs in progress and the newest ones. */
export function LatestRuns({ runs }: { runs: readonly { id: string; run: RunRef }[] }): ReactElement {
  return (
    <OverviewList title="Runs" to="/runs">
      {runs.map(({ id, run }) => (
        <RunRow key={id} from={run} />
      ))}
    </OverviewList>
  );
}

function RunRow({ from }: { from: RunRef }): ReactElement | null {
  const { data: run, complete } = useFragment({ fragment: RUN, from });
  if (!complete) {
    return null;
  }
  const loss = run.loss[0];
  const last = loss?.values.findLast((value) => value !== null);
  return (
    <li className={classes.row}>
      <span className={classes.status}>
        <StatusBadge status={run.status} />
      </span>
      <span className={classes.main}>
        <Link to={`/runs/${run.uuid}`}>{runName(run)}</Link>
        <Text span size="xs" c="dimmed" className={classes.note}>
          {run.mode === "DRY_RUN" ? "dry run" : run.modelId} on {run.datasetKey}
        </Text>
      </span>
      <span className={classes.loss}>
        {loss !== undefined && <Sparkline label="train/loss" width={72} steps={loss.steps} values={loss.values} />}
      </span>
      <span className={classes.figure} title="Last train/loss">
        {last != null && <Decimal value={last} />}
      </span>
      <Text span size="xs" c="dimmed" className={classes.time}>
        <RunTime run={run} />
      </Text>
    </li>
  );
}

interface Timed {
  status: string;
  progress: number;
  createdAt: string;
  trainingProgress: { etaSeconds: number | null };
}

function RunTime({ run }: { run: Timed }): ReactElement {
  if (run.status !== "RUNNING") {
    return <RelativeTime at={run.createdAt} />;
  }
  const eta = run.trainingProgress.etaSeconds;
  return (
    <>
      {percent(run.progress)}
      {eta !== null && `, ${duration(eta)} left`}
    </>
  );
}
