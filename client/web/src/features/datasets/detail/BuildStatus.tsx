import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button, Group, Progress, Text } from "@mantine/core";
import { type ReactElement, useEffect } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { BuildStatusFragment } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { whole } from "../../../shared/format/numbers.ts";
import { useJobChange } from "../../../shared/jobs/useJobChange.ts";
import { WorkerNotice } from "../../../shared/jobs/WorkerNotice.tsx";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";
import { Notice } from "../../../shared/notice/Notice.tsx";

const BUILD = graphql(`
  fragment BuildStatus on Dataset {
    id
    status
    progress
    traceCount
    attempt
    error {
      code
      message
    }
  }
`);

const CANCEL = graphql(`
  mutation CancelDataset($id: ID!) {
    payload: cancelDataset(input: { id: $id }) {
      dataset {
        id
        ...BuildStatus
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RETRY = graphql(`
  mutation RetryDataset($id: ID!) {
    payload: retryDataset(input: { id: $id }) {
      dataset {
        id
        ...BuildStatus
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const POLL_MS = 1000;

interface Props {
  from: FragmentType<BuildStatusFragment>;
  /** Asks for the dataset again. */
  onChanged: () => void;
}

/** The progress of a dataset that is being built, with a button to cancel, and why a build ended without one. */
export function BuildStatus({ from, onChanged }: Props): ReactElement | null {
  const { data, complete } = useFragment({ fragment: BUILD, from });
  const isActive = complete && isUnfinished(data);
  useEffect(() => {
    if (!isActive) {
      return undefined;
    }
    const timer = setInterval(onChanged, POLL_MS);
    return () => clearInterval(timer);
  }, [isActive, onChanged]);
  if (!complete || data.status === "COMPLETED") {
    return null;
  }
  return (
    <div style={{ padding: "0 16px 12px", maxWidth: 640 }}>{isActive ? <Building build={data} /> : <Stopped build={data} />}</div>
  );
}

function Building({ build }: { build: BuildStatusFragment }): ReactElement {
  const { change, isBusy } = useJobChange(CANCEL, build.id, "The build was not cancelled");
  const state = build.status === "PENDING" ? "Waiting for a worker" : `${whole(build.traceCount)} members so far`;
  return (
    <>
      <WorkerNotice status={build.status} kind="DATASET" />
      <Group justify="space-between" mb={8}>
        <Text size="sm" component="output">
          {state}
          {build.attempt > 1 && ` · attempt ${build.attempt}`}
        </Text>
        <Button variant="default" loading={isBusy} onClick={() => void change()}>
          Cancel the build
        </Button>
      </Group>
      <Progress value={100 * build.progress} aria-label="Progress of the build" />
    </>
  );
}

function Stopped({ build }: { build: BuildStatusFragment }): ReactElement {
  const { change, isBusy } = useJobChange(RETRY, build.id, "The build was not started again");
  return (
    <>
      {build.error && build.status !== "CANCELLED" ? (
        <ErrorNotice title="The dataset was not built" errors={[{ ...build.error, field: "" }]} />
      ) : (
        <Notice tone="quiet" title="The build was cancelled">
          The dataset has no members. Build it again from its recipe, or delete it.
        </Notice>
      )}
      <Button
        mt="sm"
        variant="default"
        loading={isBusy}
        onClick={() => void change()}
      >
        Build again
      </Button>
    </>
  );
}
