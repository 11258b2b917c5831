import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import type { ComparedTraceFragment } from "../../../gql/graphql.ts";
import { numberOf } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import classes from "../Compare.module.css";

interface Props {
  name: string;
  trace: ComparedTraceFragment;
  /** The score that is computed for the comparison. */
  score: number;
}

/** The head of a compared trace, with its score. */
export function TraceHead({ name, trace, score }: Props): ReactElement {
  return (
    <div className={classes.head}>
      <span className={classes.sideName}>{name}</span>
      <div className={classes.headLine}>
        <Link to={`/traces/${trace.uuid}`} className={classes.headLink}>
          {trace.externalId ?? trace.uuid}
        </Link>
        <span className={classes.score} title="Score by the baseline scorer">
          {score.toFixed(2)}
        </span>
      </div>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        <bdi>{trace.source ?? "no source"}</bdi> · {numberOf(trace.steps.length, "step")} · version {trace.traceVersion} ·{" "}
        <RelativeTime at={trace.createdAt} />
      </Text>
      <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: "anywhere" }}>
        {trace.uuid}
      </Text>
    </div>
  );
}
