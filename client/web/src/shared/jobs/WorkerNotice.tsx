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
    }
  }
`);

const POLL_MS = 5000;

const PLURALS: Readonly<Record<JobKind, string>> = {
  DATASET: "builds of datasets",
  DRY_RUN: "dry runs",
  EVALUATION: "evaluations",
  EXPORT: "exports",
  GENERATION: "generations",
  RUN: "training runs",
};

/** A notice while a job waits and no live worker takes jobs of its kind; nothing otherwise. */
export function WorkerNotice({ status, kind }: { status: JobStatus; kind: JobKind }): ReactElement | null {
  const isWaiting = status === "PENDING";
  const { data } = useQuery(WORKERS, { skip: !isWaiting, pollInterval: POLL_MS, fetchPolicy: "network-only" });
  if (!isWaiting || data === undefined || data.workers.some(({ kinds }) => kinds.includes(kind))) {
    return null;
  }
  return (
    <Box mb="sm" maw={720}>
      <Notice tone="warning" title={`No running worker takes ${PLURALS[kind]}`}>
        It stays in the queue until one does. Start <Code>tunix-rt worker</Code> where the server has its data.
      </Notice>
    </Box>
  );
}
