import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Group, Progress, Text } from "@mantine/core";
import { type ReactElement, useEffect, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunProgressFragment } from "../../../../gql/graphql.ts";
import { whole } from "../../../../shared/format/numbers.ts";
import { etaText, remainingSeconds } from "./eta.ts";

const RUN_PROGRESS = graphql(`
  fragment RunProgress on Run {
    id
    status
    progress
    cancelRequested
    trainingProgress {
      step
      totalSteps
      epoch
      etaSeconds
    }
  }
`);
const TICK_MS = 1000;

type Training = RunProgressFragment["trainingProgress"];

/** The progress and the estimated remaining time of an active run. */
export function RunProgress({ run }: { run: FragmentType<RunProgressFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_PROGRESS, from: run });
  if (!complete || (data.status !== "RUNNING" && data.status !== "PENDING")) {
    return null;
  }
  return (
    <div style={{ padding: "0 16px 12px" }}>
      <Progress.Root size="sm" transitionDuration={100}>
        <Progress.Section value={100 * data.progress} aria-label="Progress" />
      </Progress.Root>
      <Group gap="md" mt={4} mih={20}>
        <Text size="xs">{Math.floor(100 * data.progress)} %</Text>
        <Position training={data.trainingProgress} />
        {data.cancelRequested && <Text size="xs">stopping as requested</Text>}
      </Group>
    </div>
  );
}

function Position({ training: { step, totalSteps, epoch, etaSeconds } }: { training: Training }): ReactElement {
  return (
    <>
      {typeof step === "number" && (
        <Text size="xs" c="dimmed">
          step {whole(step)}
          {typeof totalSteps === "number" && ` of ${whole(totalSteps)}`}
        </Text>
      )}
      {typeof epoch === "number" && (
        <Text size="xs" c="dimmed">
          epoch {epoch.toFixed(1)}
        </Text>
      )}
      {typeof etaSeconds === "number" && <Eta key={etaSeconds} seconds={etaSeconds} />}
    </>
  );
}

/** An estimate that counts down until a new one is made. */
function Eta({ seconds }: { seconds: number }): ReactElement {
  const [madeAt] = useState(() => Date.now());
  const [now, setNow] = useState(madeAt);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Text size="xs" c="dimmed">
      {etaText(remainingSeconds(seconds, madeAt, now))}
    </Text>
  );
}
