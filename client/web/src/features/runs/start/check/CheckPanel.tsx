import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { TrainerNoticeFragment } from "../../../../gql/graphql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { DryRunReport } from "./DryRunReport.tsx";
import { StartWarnings } from "./StartWarnings.tsx";
import classes from "../StartForm.module.css";
import type { StartFormState } from "../useStartForm.ts";
import { useStarting } from "./useStarting.ts";

/** Whether this server can train. */
export const TRAINER_NOTICE = graphql(`
  fragment TrainerNotice on TunixStatus {
    available
    message
    installCommand
  }
`);

interface Props {
  form: StartFormState;
  tunix: TrainerNoticeFragment;
}

/** The dry run of the form, and the button that starts the training once it succeeded. */
export function CheckPanel({ form, tunix }: Props): ReactElement {
  const { busy, failures, warnings, dryRun, isStale, isReady, check, train } = useStarting(form);
  const canTrain = isReady && tunix.available;
  const keys = useMemo(
    () => [{ keys: "Mod+enter", label: canTrain ? "Start training" : "Check", run: canTrain ? train : check, inFields: true }],
    [canTrain, train, check],
  );
  useKeys("Start a run", keys);
  return (
    <section className={classes.check} aria-label="Dry run">
      <Stack gap="sm">
        <Title order={2} size="h5">
          Dry run
        </Title>
        <Text size="sm" c="dimmed">
          Counts records, tokens and steps, and finds what would keep training from starting. It trains nothing.
        </Text>
        <Group gap="xs">
          <Button variant={isReady ? "default" : "filled"} loading={busy === "DRY_RUN"} title={canTrain ? undefined : "Ctrl Enter"} onClick={check}>
            {dryRun.run ? "Check again" : "Check"}
          </Button>
          <Button variant={isReady ? "filled" : "default"} loading={busy === "TRAIN"} disabled={!canTrain} title={canTrain ? "Ctrl Enter" : undefined} onClick={train}>
            Start training
          </Button>
        </Group>
        {!isReady && <Text size="xs" c="dimmed">Training can start when its dry run has succeeded.</Text>}
        {!tunix.available && <CannotTrain tunix={tunix} />}
        {failures.length > 0 && <ErrorNotice title="The run was not started" errors={failures} />}
        <div aria-live="polite">
          {warnings.length > 0 && !isStale && <StartWarnings lines={warnings} values={form.values} />}
          {isStale && (
            <Text size="sm" fw={500} mb="xs">
              The form has changed since this dry run.
            </Text>
          )}
          {dryRun.run && (
            <div style={{ opacity: isStale ? 0.6 : 1 }}>
              <DryRunReport uuid={dryRun.run.uuid} run={dryRun.run} />
            </div>
          )}
        </div>
        {dryRun.error !== undefined && (
          <ErrorNotice title="The dry run could not be loaded" errors={shownErrors(dryRun.error)} onRetry={dryRun.refetch} />
        )}
      </Stack>
    </section>
  );
}

function CannotTrain({ tunix }: { tunix: TrainerNoticeFragment }): ReactElement {
  const message = `${tunix.message} Install what is missing with: ${tunix.installCommand}`;
  return <ErrorNotice title="This server cannot train" errors={[{ code: "UNAVAILABLE", message, field: "" }]} />;
}
