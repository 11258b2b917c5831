import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunHeaderFragment } from "../../../../gql/graphql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../../shared/format/StatusBadge.tsx";
import { WorkerNotice } from "../../../../shared/jobs/WorkerNotice.tsx";
import { PageHeader } from "../../../../shared/PageHeader.tsx";
import { runName } from "../../../../shared/runName.ts";
import { RunActions } from "./RunActions.tsx";

const RUN_HEADER = graphql(`
  fragment RunHeader on Run {
    id
    uuid
    outputName
    status
    mode
    statusReason
    lastReportAt
    config {
      labels
    }
    error {
      code
      message
    }
    ...RunActions
  }
`);

/** A run's name, status, why it has that status, and what can be done with it. */
export function RunHeader({ run }: { run: FragmentType<RunHeaderFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_HEADER, fragmentName: "RunHeader", from: run });
  if (!complete) {
    return null;
  }
  const { error, statusReason, status, mode, lastReportAt, config } = data;
  return (
    <>
      <PageHeader title={runName(data)} aside={<StatusBadge status={status} />}>
        <RunActions run={data} />
      </PageHeader>
      <div style={{ padding: "0 16px 12px" }}>
        <WorkerNotice status={status} kind={mode === "DRY_RUN" ? "DRY_RUN" : "RUN"} labels={config?.labels ?? []} />
        {error ? (
          <ErrorNotice title={status === "TIMEOUT" ? "The run exceeded its time limit" : "The run did not complete"} errors={[{ ...error, field: "" }]} />
        ) : (
          <Text size="sm" c="dimmed">
            {statusReason}
            {status === "RUNNING" && typeof lastReportAt === "string" && (
              <>
                {" Last report "}
                <RelativeTime at={lastReportAt} />.
              </>
            )}
          </Text>
        )}
      </div>
    </>
  );
}
