import { useQuery } from "@apollo/client/react";
import { Box, Code } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import type { JobKind, JobStatus } from "../../gql/graphql.ts";
import { Notice } from "../notice/Notice.tsx";

const WORKERS = graphql(`
  query WorkerKinds {
    workers {
      uuid
      kinds
      labels
    }
  }
`);

const POLL_MS = 5000;
const NO_LABELS: readonly string[] = [];

const PLURALS: Readonly<Record<JobKind, string>> = {
  DATASET: "builds of datasets",
  DRY_RUN: "dry runs",
  EVALUATION: "evaluations",
  EXPORT: "exports",
  GENERATION: "generations",
  RUN: "training runs",
};

interface Props {
  status: JobStatus;
  kind: JobKind;
  /** The labels that the worker must have. */
  labels?: readonly string[];
}

/** A notice while a job waits and no live worker takes jobs of its kind, or has the labels that it requires; nothing otherwise. */
export function WorkerNotice({ status, kind, labels = NO_LABELS }: Props): ReactElement | null {
  const isWaiting = status === "PENDING";
  const { data } = useQuery(WORKERS, { skip: !isWaiting, pollInterval: POLL_MS, fetchPolicy: "network-only" });
  const takes = (worker: { kinds: JobKind[]; labels: string[] }): boolean =>
    worker.kinds.includes(kind) && labels.every((label) => worker.labels.includes(label));
  if (!isWaiting || data === undefined || data.workers.some(takes)) {
    return null;
  }
  const required = labels.length === 0 ? "" : ` with the labels ${labels.join(", ")}`;
  return (
    <Box mb="sm" maw={720}>
      <Notice tone="warning" title={`No running worker takes ${PLURALS[kind]}${required}`}>
        It stays in the queue until one does. Start <Code>tunix-rt worker</Code> where the server has its data
        {labels.length > 0 && (
          <>
            , or elsewhere with <Code>--server</Code>, and with <Code>--labels {labels.join(",")}</Code>
          </>
        )}
        .
      </Notice>
    </Box>
  );
}
