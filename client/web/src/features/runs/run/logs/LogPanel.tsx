import { SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactElement, useMemo, useRef, useState } from "react";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { RowSkeletons } from "../../../../shared/feedback/RowSkeletons.tsx";
import { numberOf } from "../../../../shared/format/numbers.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import type { LogLine } from "../live/events.ts";
import type { Topic } from "../live/topic.ts";
import { LogLines } from "./LogLines.tsx";
import classes from "./Logs.module.css";
import { useLogs } from "./useLogs.ts";
import type { LogFilter, LogView } from "./view.ts";

const PAUSE_MS = 250;
const STREAMS = [
  { value: "", label: "Both" },
  { value: "STDOUT", label: "stdout" },
  { value: "STDERR", label: "stderr" },
];

interface Props {
  runId: string;
  /** Whether lines are still to come. */
  isActive: boolean;
  lines: Topic<readonly LogLine[]>;
}

/** A run's log: search, one stream or both, and the newest line in sight while it is followed. */
export function LogPanel({ runId, isActive, lines }: Props): ReactElement {
  const [search, setSearch] = useUrlText("log");
  const [stream, setStream] = useUrlText("stream");
  const [isFollowing, setFollowing] = useState(true);
  const field = useRef<HTMLInputElement>(null);
  const filter = useMemo(() => ({ search: search ?? "", stream: streamOf(stream) }), [search, stream]);
  const { view, errors, loadOlder, retry } = useLogs(runId, filter, lines);
  const searchLater = useDebouncedCallback(setSearch, PAUSE_MS);
  const keys = useMemo(
    () => [
      { keys: "/", label: "Search the log", run: () => field.current?.focus() },
      { keys: "f", label: "Follow the log, or stop", run: () => setFollowing((is) => !is) },
    ],
    [],
  );
  useKeys("Log", keys);
  return (
    <section aria-label="Log">
      <div className={classes.bar}>
        <TextInput
          ref={field}
          className={classes.search}
          type="search"
          aria-label="Search the log"
          placeholder="Search"
          leftSection={<IconSearch size={14} aria-hidden />}
          defaultValue={search ?? ""}
          onChange={(event) => searchLater(event.currentTarget.value)}
        />
        <SegmentedControl aria-label="Stream" data={STREAMS} value={filter.stream ?? ""} onChange={setStream} />
        {isActive && <Switch label="Follow" checked={isFollowing} onChange={(event) => setFollowing(event.currentTarget.checked)} />}
        {view && <output className={classes.count}>{countText(view)}</output>}
      </div>
      {errors.length > 0 && <ErrorNotice title="The log could not be loaded" errors={errors} onRetry={retry} />}
      <div className={classes.frame}>
        {view === undefined ? errors.length === 0 && <RowSkeletons /> : (
          <Lines view={view} isActive={isActive} isStale={view.filter.search !== filter.search || view.filter.stream !== filter.stream} isFollowing={isFollowing} onFollow={setFollowing} onTop={loadOlder} />
        )}
      </div>
    </section>
  );
}

function Lines({ isActive, ...props }: Parameters<typeof LogLines>[0] & { isActive: boolean }): ReactElement {
  const { lines, filter } = props.view;
  if (lines.length > 0) {
    return <LogLines key={`${filter.stream} ${filter.search}`} {...props} />;
  }
  return isFiltered(filter) ? (
    <EmptyState title="No line matches">Search for less, or in both streams.</EmptyState>
  ) : (
    <EmptyState title={isActive ? "No lines yet" : "No lines"}>{isActive ? "They appear here as they are written." : "The run has written nothing."}</EmptyState>
  );
}

function isFiltered({ search, stream }: LogFilter): boolean {
  return search !== "" || stream !== null;
}

/** Returns how many lines there are: of the whole log, or of those that match. */
function countText({ total, filter }: LogView): string {
  const lines = numberOf(total, "line");
  return isFiltered(filter) ? `${lines} that match` : lines;
}

function streamOf(text: string | null): LogFilter["stream"] {
  return text === "STDOUT" || text === "STDERR" ? text : null;
}
