import { useQuery } from "@apollo/client/react";
import { Button, SegmentedControl, Text } from "@mantine/core";
import { type ReactElement, useLayoutEffect, useMemo, useRef } from "react";
import { Link, useLocation, useParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { TracePageQuery } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../shared/feedback/Stale.tsx";
import { numberOf } from "../../../shared/format/numbers.ts";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { AdjacentButtons } from "./around/AdjacentButtons.tsx";
import { CopyMenu } from "./copy/CopyMenu.tsx";
import { TraceBody } from "./TraceBody.tsx";

const TRACE = graphql(`
  query TracePage($id: ID!) {
    trace(id: $id) {
      id
      uuid
      externalId
      source
      stepCount
      charCount
      ...TraceBody
    }
  }
`);

/** The page of a trace: its texts, its scores, and links to related objects. */
export function Component(): ReactElement {
  const { id = "" } = useParams();
  const { data, previousData, error, refetch, loading } = useQuery(TRACE, { variables: { id }, fetchPolicy: "cache-and-network" });
  usePageQuery(TRACE, { id });
  // The trace that one comes from stays on the screen until the next one has come.
  const trace = (data ?? (loading ? previousData : undefined))?.trace;
  useStartAtTop(trace?.id);
  const shown = error ? shownErrors(error) : [];
  const isNoId = shown.some(({ code }) => code === "BAD_ID");
  return (
    <Stale isStale={trace !== undefined && data === undefined}>
      {trace ? <TraceHeader trace={trace} isStale={data === undefined} /> : <PageHeader title="Trace" />}
      {error && !isNoId && (
        <ErrorNotice title="The trace could not be loaded" errors={shown} onRetry={() => void refetch()} isInset />
      )}
      {trace && <TraceBody key={trace.id} trace={trace} />}
      {!trace && loading && <RowSkeletons />}
      {(isNoId || (data && !trace && !loading)) && <NoTrace id={id} />}
    </Stale>
  );
}

/** Begins each trace at its top, unless the address points to a step. */
function useStartAtTop(id: string | undefined): void {
  const { hash } = useLocation();
  const top = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (id !== top.current && hash === "") {
      document.getElementById("page")?.scrollTo({ top: 0 });
    }
    top.current = id;
  }, [id, hash]);
}

type Trace = NonNullable<TracePageQuery["trace"]>;

/** `isStale` if the address has another trace, which is still being loaded. */
function TraceHeader({ trace, isStale }: { trace: Trace; isStale: boolean }): ReactElement {
  return (
    <PageHeader
      title={trace.externalId ?? `Trace ${trace.uuid.slice(-8)}`}
      aside={
        <Text size="sm" c="dimmed" component="span" style={{ overflowWrap: "anywhere" }}>
          {trace.source !== null && (
            <>
              <bdi>{trace.source}</bdi>
              {" · "}
            </>
          )}
          {numberOf(trace.stepCount, "step")} · {numberOf(trace.charCount, "character")}
        </Text>
      }
    >
      <ViewControl />
      <CopyMenu id={trace.id} uuid={trace.uuid} />
      <Button variant="default" component={Link} to={`/compare?a=${trace.uuid}`}>
        Compare
      </Button>
      <AdjacentButtons id={trace.id} isStale={isStale} />
    </PageHeader>
  );
}

const VIEWS = [
  { value: "read", label: "Read" },
  { value: "source", label: "Source" },
  { value: "training", label: "Training text" },
];

function ViewControl(): ReactElement {
  const [view, setView] = useUrlText("view");
  const shown = view ?? "read";
  const keys = useMemo(() => {
    const toggle = (name: string) => (): void => setView(shown === name ? null : name);
    return [
      { keys: "t", label: "Training text, and back", run: toggle("training") },
      { keys: "u", label: "Source, and back", run: toggle("source") },
    ];
  }, [shown, setView]);
  useKeys("Trace", keys);
  return <SegmentedControl aria-label="View" data={VIEWS} value={shown} onChange={(value) => setView(value === "read" ? null : value)} />;
}

function NoTrace({ id }: { id: string }): ReactElement {
  return (
    <EmptyState
      title="There is no such trace"
      actions={
        <Button component={Link} to="/traces">
          Go to the traces
        </Button>
      }
    >
      No trace has the id {id}. It may have been deleted.
    </EmptyState>
  );
}
