import { useMutation } from "@apollo/client/react";
import { Button, Group, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";
import { graphql } from "../../gql/gql.ts";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../shared/feedback/errors.ts";
import classes from "./StartHere.module.css";

const IMPORT_SAMPLES = graphql(`
  mutation ImportSamples {
    importSamples(input: {}) {
      importedCount
      errors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  traces: number;
  /** Whether samples are among the traces. */
  hasSamples: boolean;
  datasets: number;
  /** Called when traces were added. */
  onChange: () => void;
}

/** The three steps from nothing to a first training run, of which those that are done are ticked. */
export function StartHere({ traces, hasSamples, datasets, onChange }: Props): ReactElement {
  return (
    <section className={classes.start} aria-labelledby="start-here">
      <Title order={2} size="h5" id="start-here">
        Start here
      </Title>
      <ol className={classes.steps}>
        <Step number={1} title="Add traces" isDone={traces > 0} text="Upload your own in any import format, or load the samples.">
          <AddTraces hasTraces={traces > 0} hasSamples={hasSamples} onChange={onChange} />
        </Step>
        <Step number={2} title="Build a dataset" isDone={datasets > 0} text="Choose traces by filters and scores; a dataset never changes.">
          <Button component={Link} to="/datasets/new" variant={traces > 0 && datasets === 0 ? "filled" : "default"}>
            Build a dataset
          </Button>
        </Step>
        <Step number={3} title="Train and watch" isDone={false} text="Check it with a dry run first, then follow the loss live.">
          <Button component={Link} to="/runs/new" variant={datasets > 0 ? "filled" : "default"}>
            Start a run
          </Button>
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  title: string;
  text: string;
  isDone: boolean;
  children: ReactNode;
}

function Step({ number, title, text, isDone, children }: StepProps): ReactElement {
  return (
    <li className={classes.step}>
      <span className={classes.number} data-done={isDone}>
        {isDone ? <IconCheck size={14} stroke={2.4} aria-label="Done" /> : number}
      </span>
      <div>
        <Text fw={500}>{title}</Text>
        <Text size="sm" c="dimmed" mb={8}>
          {text}
        </Text>
        {children}
      </div>
    </li>
  );
}

interface AddProps {
  hasTraces: boolean;
  hasSamples: boolean;
  onChange: () => void;
}

function AddTraces({ hasTraces, hasSamples, onChange }: AddProps): ReactElement {
  const [load, { loading, error, data }] = useMutation(IMPORT_SAMPLES, { onCompleted: onChange, onError: () => {} });
  const refused = data?.importSamples.errors ?? [];
  const errors = error === undefined ? shownUserErrors(refused) : shownErrors(error);
  return (
    <>
      <Group gap="xs">
        {!hasSamples && (
          <Button loading={loading} variant={hasTraces ? "default" : "filled"} onClick={() => void load()}>
            Load the samples
          </Button>
        )}
        <Button component={Link} to="/traces/upload" variant="default">
          Upload
        </Button>
      </Group>
      {errors.length > 0 && <ErrorNotice title="The samples could not be loaded" errors={errors} />}
    </>
  );
}
