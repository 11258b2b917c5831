import { useQuery } from "@apollo/client/react";
import { graphql } from "../../../../gql/gql.ts";
import type { DryRunFragment } from "../../../../gql/graphql.ts";
import { isUnfinished, usePollingWhile } from "../../../../shared/live/usePollingWhile.ts";

/** The outcome of a dry run. */
export const DRY_RUN = graphql(`
  fragment DryRun on Run {
    status
    statusReason
    error {
      code
      message
    }
    stdout
    trainingProgress {
      totalSteps
    }
    latestMetrics {
      name
      value
    }
    ...RunConfiguration @unmask
  }
`);

const DRY_RUN_REPORT = graphql(`
  query DryRunReport($id: ID!) {
    run(id: $id) {
      id
      uuid
      ...DryRun @unmask
    }
  }
`);

const POLL_MS = 400;

interface DryRunState {
  /** Undefined until it is loaded; null if there is none. */
  run: ({ uuid: string } & DryRunFragment) | null | undefined;
  error: unknown;
  refetch: () => void;
}

/** Loads a dry run, again and again until it is finished. */
export function useDryRun(id: string | null): DryRunState {
  const query = useQuery(DRY_RUN_REPORT, {
    variables: { id: id ?? "" },
    skip: id === null,
  });
  const { data, error, refetch } = query;
  const run = id === null ? null : data?.run;
  usePollingWhile(run != null && isUnfinished(run), POLL_MS, query);
  return { run, error, refetch: () => void refetch() };
}
