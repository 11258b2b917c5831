import { useApolloClient, useQuery } from "@apollo/client/react";
import { Button, Checkbox, Group, Progress, Radio, Stack, Text } from "@mantine/core";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { Dialog } from "../../../shared/dialog/Dialog.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { CodeText } from "../../../shared/format/CodeText.tsx";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { whole } from "../../../shared/format/numbers.ts";
import { type ScoringProgress, scoreTarget } from "./scoring.ts";
import { countOf, type Target, tracesText } from "./target.ts";

const SCORERS = graphql(`
  query Scorers {
    scorers {
      name
      version
      description
    }
  }
`);

interface Props {
  target: Target;
  onClose: () => void;
  /** Called with the scorer's name when scores were stored. */
  onScored: (scorer: string) => void;
}

/** Scores the chosen traces by one of the server's scorers. */
export function ScoreDialog({ target, onClose, onScored }: Props): ReactElement {
  const { data, error } = useQuery(SCORERS);
  const [chosen, setChosen] = useState<string | null>(null);
  const [onlyMissing, setOnlyMissing] = useState(true);
  const scorer = chosen ?? data?.scorers[0]?.name ?? "";
  const { run, reset, progress, isRunning, errors } = useScoring(target, onScored);
  const isDone = progress !== null && !isRunning && errors.length === 0;
  return (
    <Dialog onClose={onClose} title={`Score ${tracesText(countOf(target))}`}>
      <Stack gap="sm">
        {error && <ErrorNotice title="The scorers could not be loaded" errors={shownErrors(error)} />}
        <Radio.Group
          label="Scorer"
          value={scorer}
          onChange={(name) => {
            setChosen(name);
            reset();
          }}
        >
          <Stack gap={8} mt={4}>
            {data?.scorers.map(({ name, version, description }) => (
              <Radio key={name} value={name} label={`${name} · version ${version}`} description={<CodeText text={description} />} disabled={isRunning} />
            ))}
          </Stack>
        </Radio.Group>
        <Checkbox
          label="Skip traces that this version has scored already"
          checked={onlyMissing}
          disabled={isRunning}
          onChange={(event) => setOnlyMissing(event.currentTarget.checked)}
        />
        {progress && <Outcome progress={progress} isRunning={isRunning} />}
        {errors.length > 0 && <ErrorNotice title="The traces were not all scored" errors={errors} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {isDone ? "Close" : isRunning ? "Stop" : "Cancel"}
          </Button>
          {!isDone && (
            <Button loading={isRunning} disabled={scorer === ""} onClick={() => void run(scorer, onlyMissing)}>
              Score
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}

function Outcome({ progress, isRunning }: { progress: ScoringProgress; isRunning: boolean }): ReactElement {
  const { scored, skipped, unscored, total } = progress;
  return (
    <div>
      {isRunning && <Progress value={(100 * (scored + skipped + unscored)) / Math.max(1, total)} aria-label="Progress of the scoring" mb={4} />}
      <Text size="sm" component="output">
        {whole(scored)} scored{skipped > 0 && `, ${whole(skipped)} skipped`}
        {unscored > 0 && `, ${whole(unscored)} without what this scorer needs`}
        {isRunning && ` of ${whole(total)}`}
      </Text>
    </div>
  );
}

interface Scoring {
  run: (scorer: string, onlyMissing: boolean) => Promise<void>;
  /** Forgets the last outcome, so that another scorer can follow. */
  reset: () => void;
  progress: ScoringProgress | null;
  isRunning: boolean;
  errors: readonly ShownError[];
}

const NOT_RUN = { progress: null, isRunning: false, errors: [] } as const;

/** Scores until all is done, or until the dialog is closed. */
function useScoring(target: Target, onScored: (scorer: string) => void): Scoring {
  const client = useApolloClient();
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const [state, setState] = useState<Omit<Scoring, "run" | "reset">>(NOT_RUN);
  const run = async (scorer: string, onlyMissing: boolean): Promise<void> => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setState({ progress: { scored: 0, skipped: 0, unscored: 0, total: countOf(target), errors: [] }, isRunning: true, errors: [] });
    const onProgress = (progress: ScoringProgress): void => setState((current) => ({ ...current, progress }));
    try {
      const progress = await scoreTarget(client, target, { scorer, onlyMissing, signal, onProgress });
      setState({ progress, isRunning: false, errors: shownUserErrors(progress.errors) });
      if (progress.scored > 0) {
        onScored(scorer);
      }
    } catch (error) {
      setState((current) => ({ ...current, isRunning: false, errors: shownErrors(error) }));
    }
  };
  return { run, reset: () => setState(NOT_RUN), ...state };
}
