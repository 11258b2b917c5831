import type { FragmentType } from "@apollo/client";
import { useFragment, useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { CancelRunMutation, RunActionsFragment } from "../../../../gql/graphql.ts";
import { Confirm } from "../../../../shared/dialog/Confirm.tsx";
import { ConfirmButton } from "../../../../shared/dialog/ConfirmButton.tsx";
import type { ShownError } from "../../../../shared/feedback/errors.ts";
import { outcomeOf, settle } from "../../../../shared/feedback/settle.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { isUnfinished } from "../../../../shared/live/usePollingWhile.ts";
import { useNavigateLater } from "../../../../shared/url/useNavigateLater.ts";
import { runName } from "../../../../shared/runName.ts";
import { CompareLink } from "./CompareLink.tsx";
import { CANCEL_RUN, DELETE_RUN, FINISH_RUN, RETRY_RUN } from "./mutations.ts";

const RUN_ACTIONS = graphql(`
  fragment RunActions on Run {
    id
    uuid
    outputName
    mode
    datasetKey
    createdAt
    status
    engine
    cancelRequested
  }
`);
const ENDED = "It was ended on its page: its program did not report any more.";

/** The actions on a run: cancel or retry it, start another like it, compare and delete it; one that is trained
 * elsewhere can only be ended. */
export function RunActions({ run }: { run: FragmentType<RunActionsFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_ACTIONS, from: run });
  if (!complete) {
    return null;
  }
  const isActive = isUnfinished(data);
  const isOurs = data.engine !== "external";
  const isRetriable = isOurs && !isActive && data.status !== "COMPLETED";
  return (
    <>
      {isActive && (isOurs ? <CancelButton run={data} /> : <EndButton run={data} />)}
      {isRetriable && <RetryButton run={data} />}
      {isOurs && (
        <Button component={Link} to={`/runs/new?from=${data.uuid}`} variant="default">
          Start another
        </Button>
      )}
      {isOurs && data.mode === "TRAIN" && data.status === "COMPLETED" && data.outputName !== null && <ModelLinks model={`run:${data.outputName}`} />}
      <CompareLink run={data} />
      {!isActive && <RunDeletion run={data} />}
    </>
  );
}

/** The forms that let the trained model answer prompts. */
function ModelLinks({ model }: { model: string }): ReactElement {
  return (
    <>
      <Button component={Link} to={`/generations/new?${new URLSearchParams({ model })}`} variant="default">
        Generate answers
      </Button>
      <Button component={Link} to={`/evaluations/new?${new URLSearchParams({ candidate: `answering:${model}` })}`} variant="default">
        Evaluate
      </Button>
    </>
  );
}

function CancelButton({ run }: { run: RunActionsFragment }): ReactElement {
  const [isOpen, question] = useDisclosure(false);
  const [cancel, { loading }] = useMutation(CANCEL_RUN);
  const keys = useMemo(() => [{ keys: "c", label: "Cancel the run", run: question.open }], [question]);
  useKeys("Run", keys);
  const cancelRun = async (): Promise<readonly ShownError[]> => {
    const optimisticResponse = expectedAnswer(run);
    return (await outcomeOf(cancel({ variables: { id: run.id }, optimisticResponse }), (data) => data.cancelRun)).errors;
  };
  return (
    <>
      <Button variant="default" onClick={question.open} loading={loading} disabled={run.cancelRequested}>
        {run.cancelRequested ? "Cancelling" : "Cancel"}
      </Button>
      <Confirm
        title={`Cancel ${runName(run)}?`}
        action="Cancel the run"
        failure="The run was not cancelled"
        isOpen={isOpen}
        onClose={question.close}
        onConfirm={cancelRun}
      >
        It saves a checkpoint and stops. A retry resumes from there.
      </Confirm>
    </>
  );
}

function EndButton({ run }: { run: RunActionsFragment }): ReactElement {
  const [finish] = useMutation(FINISH_RUN, { variables: { id: run.id, error: ENDED } });
  const endRun = async (): Promise<readonly ShownError[]> => (await outcomeOf(finish(), (data) => data.finishRun)).errors;
  return (
    <ConfirmButton label="End as failed" title={`End ${runName(run)}?`} action="End the run" failure="The run was not ended" onConfirm={endRun}>
      Its program is not stopped, but nothing that it reports from now on is stored.
    </ConfirmButton>
  );
}

/** The expected answer of the server to a cancellation. */
function expectedAnswer({ id, status }: RunActionsFragment): CancelRunMutation {
  return {
    cancelRun: { __typename: "CancelRunPayload", run: { __typename: "Run", id, status, cancelRequested: true }, errors: [] },
  };
}

function RetryButton({ run }: { run: RunActionsFragment }): ReactElement {
  const [retry, { loading }] = useMutation(RETRY_RUN, { variables: { id: run.id } });
  return (
    <Button loading={loading} onClick={() => void settle("The run was not retried", retry(), (data) => data.retryRun)}>
      Retry
    </Button>
  );
}

function RunDeletion({ run }: { run: RunActionsFragment }): ReactElement {
  const [remove] = useMutation(DELETE_RUN, { variables: { id: run.id } });
  const navigateLater = useNavigateLater();
  const removeRun = async (): Promise<readonly ShownError[]> => {
    const navigate = navigateLater();
    const { errors } = await outcomeOf(remove(), (data) => data.deleteRun);
    if (errors.length === 0) {
      await navigate("/runs");
      notifications.show({ message: `${runName(run)} is deleted.` });
    }
    return errors;
  };
  return (
    <ConfirmButton label="Delete" title={`Delete ${runName(run)}?`} action="Delete the run" failure="The run was not deleted" onConfirm={removeRun}>
      Its logs, metrics, checkpoints and weights are deleted permanently.
    </ConfirmButton>
  );
}
