import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Group, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunAttemptsFragment } from "../../../../gql/graphql.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../../shared/format/StatusBadge.tsx";
import { duration } from "../../../../shared/format/time.ts";
import { Section } from "./Section.tsx";

const RUN_ATTEMPTS = graphql(`
  fragment RunAttempts on Run {
    id
    attempts {
      attempt
      status
      startedAt
      completedAt
      reason
    }
  }
`);

/** The attempts at a run with their outcomes; nothing before the first. */
export function RunAttempts({ run }: { run: FragmentType<RunAttemptsFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_ATTEMPTS, from: run });
  if (!complete || data.attempts.length === 0) {
    return null;
  }
  return (
    <Section title="Attempts">
      {data.attempts.map(({ attempt, status, startedAt, completedAt, reason }) => (
        <div key={attempt}>
          <Group gap="xs" wrap="nowrap">
            <Text size="sm">{attempt}</Text>
            <StatusBadge status={status} />
            <Text size="xs" c="dimmed" component="div" ml="auto">
              {completedAt ? duration((Date.parse(completedAt) - Date.parse(startedAt)) / 1000) : <RelativeTime at={startedAt} />}
            </Text>
          </Group>
          {reason && (
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {reason}
            </Text>
          )}
        </div>
      ))}
    </Section>
  );
}
