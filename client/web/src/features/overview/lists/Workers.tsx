import { Badge, Text } from "@mantine/core";
import type { ReactElement } from "react";
import type { JobKind, OverviewQuery } from "../../../gql/graphql.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { OverviewList } from "./OverviewList.tsx";
import classes from "./lists.module.css";

type Worker = OverviewQuery["workers"][number];

const NOUNS: Readonly<Record<JobKind, string>> = {
  DATASET: "datasets",
  DRY_RUN: "dry runs",
  EVALUATION: "evaluations",
  EXPORT: "exports",
  GENERATION: "generations",
  RUN: "runs",
};
const ALL = Object.keys(NOUNS).length;

/** The live workers with their labels; nothing for a single one without labels, which the health covers. */
export function Workers({ workers }: { workers: readonly Worker[] }): ReactElement | null {
  if (workers.length < 2 && workers.every(({ labels, remote }) => labels.length === 0 && !remote)) {
    return null;
  }
  return (
    <div className={classes.columns}>
      <OverviewList title="Workers">
        {workers.map((worker) => (
          <WorkerRow key={worker.uuid} worker={worker} />
        ))}
      </OverviewList>
    </div>
  );
}

function WorkerRow({ worker: { host, labels, remote, kinds, startedAt } }: { worker: Worker }): ReactElement {
  const jobs = kinds.length === ALL ? "all jobs" : kinds.map((kind) => NOUNS[kind]).join(", ");
  const about = `${remote ? "remote, " : ""}${jobs}`;
  return (
    <li className={classes.row}>
      <span className={classes.host} title={host}>
        {host}
      </span>
      <span className={classes.labels} title={labels.join(", ")}>
        {labels.map((label) => (
          <Badge key={label} variant="default" tt="none" fw={500}>
            {label}
          </Badge>
        ))}
      </span>
      <Text size="xs" c="dimmed" className={classes.source} title={about}>
        {about}
      </Text>
      <Text size="xs" c="dimmed" className={classes.time}>
        <RelativeTime at={startedAt} />
      </Text>
    </li>
  );
}
