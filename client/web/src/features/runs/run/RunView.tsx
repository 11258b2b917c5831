import type { ErrorLike, FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Tabs } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { JobStatus, RunViewFragment } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";
import tabRow from "../../../shared/tabs/Tabs.module.css";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { RunCharts } from "./charts/RunCharts.tsx";
import { RunHeader } from "./head/RunHeader.tsx";
import { RunProgress } from "./head/RunProgress.tsx";
import { StreamBanner } from "./head/StreamBanner.tsx";
import { continueCurves, type Curve } from "./live/curves.ts";
import { useRunFeed } from "./live/useRunFeed.ts";
import { LogPanel } from "./logs/LogPanel.tsx";
import { RunArtifacts } from "./panels/RunArtifacts.tsx";
import { RunAttempts } from "./panels/RunAttempts.tsx";
import { RunParameters } from "./panels/RunParameters.tsx";
import { RunFacts } from "./panels/RunFacts.tsx";
import { RunNotes } from "./panels/RunNotes.tsx";
import { RunOutput } from "./panels/RunOutput.tsx";
import { RunTags } from "./panels/RunTags.tsx";
import classes from "./RunView.module.css";

const RUN_VIEW = graphql(`
  fragment RunView on Run {
    id
    ...RunHeader
    ...RunProgress
    ...RunFacts
    ...RunAttempts
    ...RunTags
    ...RunNotes
    ...RunOutput
    ...RunParameters
    ...RunArtifacts
  }
`);

/** Events before the loaded run that are asked for again, should the parts of the run not be of the same moment. */
const OVERLAP = 200;
const TABS = ["metrics", "logs", "output", "configuration", "files"] as const;
type Tab = (typeof TABS)[number];

interface Props {
  run: FragmentType<RunViewFragment> & {
    id: string;
    status: JobStatus;
    events: { nodes: readonly { seq: number }[] };
    metrics: readonly (Curve & { name: string; pointCount: number })[];
  };
  error: ErrorLike | undefined;
  reload: () => Promise<unknown>;
}

/** A run with its header, its progress, its panels, and its facts at the side. */
export function RunView({ run, error, reload }: Props): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_VIEW, fragmentName: "RunView", from: run });
  const isActive = isUnfinished(run);
  const after = Math.max(0, (run.events.nodes.at(-1)?.seq ?? 0) - OVERLAP);
  const feed = useRunFeed({ id: run.id, isActive, after, reload });
  const series = useMemo(() => continueCurves(run.metrics, feed.live.curves), [run.metrics, feed.live.curves]);
  const isDownsampled = run.metrics.some(({ steps, pointCount }) => pointCount > steps.length);
  const [tab, setTab] = useTab();
  if (!complete) {
    return null;
  }
  return (
    <>
      <RunHeader run={data} />
      <RunProgress run={data} />
      <StreamBanner feed={feed} onRetry={() => void reload()} />
      {error && (
        <div className={classes.error}>
          <ErrorNotice title="The run could not be loaded again" errors={shownErrors(error)} onRetry={() => void reload()} />
        </div>
      )}
      <div className={classes.body}>
        <Tabs value={tab} onChange={setTab} keepMounted={false} className={classes.main}>
          <Tabs.List mb="sm" className={tabRow.list}>
            {TABS.map((name) => (
              <Tabs.Tab key={name} value={name} className={classes.tab}>
                {name[0]?.toUpperCase() + name.slice(1)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="metrics">
            <RunCharts runId={run.id} series={series} isDownsampled={isDownsampled} isActive={isActive} />
          </Tabs.Panel>
          <Tabs.Panel value="logs">
            <LogPanel runId={run.id} isActive={isActive} lines={feed.lines} />
          </Tabs.Panel>
          <Tabs.Panel value="output">
            <RunOutput run={data} />
          </Tabs.Panel>
          <Tabs.Panel value="configuration">
            <RunParameters run={data} />
          </Tabs.Panel>
          <Tabs.Panel value="files">
            <RunArtifacts run={data} />
          </Tabs.Panel>
        </Tabs>
        <aside className={classes.side} aria-label="About">
          <RunTags run={data} />
          <RunNotes run={data} />
          <RunFacts run={data} />
          <RunAttempts run={data} />
        </aside>
      </div>
    </>
  );
}

/** The open tab, in the URL and by the keys 1 to 5. */
function useTab(): [Tab, (tab: string | null) => void] {
  const [text, setText] = useUrlText("tab");
  const tab = TABS.find((name) => name === text) ?? TABS[0];
  const keys = useMemo(
    () => TABS.map((name, place) => ({ keys: String(place + 1), label: `Show the ${name}`, run: () => setText(name) })),
    [setText],
  );
  useKeys("Run", keys);
  return [tab, (name) => setText(name === TABS[0] ? null : name)];
}
