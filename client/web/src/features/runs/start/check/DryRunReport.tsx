import { Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import type { DryRunFragment } from "../../../../gql/graphql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { whole } from "../../../../shared/format/numbers.ts";
import { isUnfinished } from "../../../../shared/live/usePollingWhile.ts";
import { DryRunCounts } from "./DryRunCounts.tsx";
import { Warnings } from "./Warnings.tsx";
import { countRows, stepsPerEpoch, warningsOf } from "./report.ts";
import classes from "../StartForm.module.css";

interface Props {
  uuid: string;
  run: DryRunFragment;
}

/** The report of a dry run: records, tokens, steps and warnings, or why training could not start. */
export function DryRunReport({ uuid, run }: Props): ReactElement {
  if (isUnfinished(run)) {
    return (
      <Group gap="sm" component="output">
        <Loader size={16} />
        <Text size="sm">Checking the data and the parameters</Text>
      </Group>
    );
  }
  if (run.status !== "COMPLETED") {
    const { code, message } = run.error ?? { code: run.status, message: run.statusReason };
    return <ErrorNotice title="Training could not start" errors={[{ code, message, field: "" }]} />;
  }
  return (
    <Stack gap="sm">
      <Group gap={8} component="output">
        <IconCircleCheck size={18} aria-hidden />
        <Text size="sm" fw={500}>
          {stepsText(run)}
        </Text>
      </Group>
      <DryRunCounts rows={countRows(run.latestMetrics)} isEvaluated={run.evalDataset !== null} />
      <Warnings lines={warningsOf(run.stdout)} />
      <details>
        <summary>Report</summary>
        <pre className={classes.report}>{run.stdout}</pre>
      </details>
      <Link to={`/runs/${uuid}`}>Open the dry run</Link>
    </Stack>
  );
}

function stepsText({ trainingProgress: { totalSteps }, latestMetrics }: DryRunFragment): string {
  const perEpoch = stepsPerEpoch(latestMetrics);
  const all = totalSteps === null ? "Ready to train" : `${whole(totalSteps)} steps`;
  return perEpoch === null ? all : `${all}, ${whole(perEpoch)} per epoch`;
}
