import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { previewText } from "../../../shared/preview/previewText.ts";
import { OverviewList } from "./OverviewList.tsx";
import classes from "./lists.module.css";

const TRACE = graphql(`
  fragment OverviewTrace on Trace {
    id
    uuid
    createdAt
    source
    stepCount
    promptPreview
  }
`);

type TraceRef = FragmentType<typeof TRACE>;

/** The newest traces. */
export function LatestTraces({ traces }: { traces: readonly { id: string; trace: TraceRef }[] }): ReactElement {
  return (
    <OverviewList title="Traces" to="/traces">
      {traces.map(({ id, trace }) => (
        <TraceRow key={id} from={trace} />
      ))}
    </OverviewList>
  );
}

function TraceRow({ from }: { from: TraceRef }): ReactElement | null {
  const { data: trace, complete } = useFragment({ fragment: TRACE, from });
  if (!complete) {
    return null;
  }
  return (
    <li className={classes.row}>
      <span className={classes.main}>
        <Link to={`/traces/${trace.uuid}`} title={trace.promptPreview} dir="auto">
          {trace.promptPreview === "" ? "(empty prompt)" : previewText(trace.promptPreview)}
        </Link>
      </span>
      <Text span size="xs" c="dimmed" className={classes.source} title={trace.source ?? ""}>
        {trace.source}
      </Text>
      <Text span size="xs" c="dimmed" className={classes.figure}>
        {trace.stepCount} {trace.stepCount === 1 ? "step" : "steps"}
      </Text>
      <Text span size="xs" c="dimmed" className={classes.time}>
        <RelativeTime at={trace.createdAt} />
      </Text>
    </li>
  );
}
