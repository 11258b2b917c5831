import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button, Text } from "@mantine/core";
import { type ReactElement, useCallback, useMemo, useState } from "react";
import type { TraceScoresFragment } from "../../../../gql/graphql.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { AsideSection } from "../details/AsideSection.tsx";
import { ScoreForm } from "./ScoreForm.tsx";
import { ScoreGroupRow } from "./ScoreGroupRow.tsx";
import classes from "./Scores.module.css";
import { groupScores, TRACE_SCORES } from "./TraceScores.ts";

/** The scores of a trace and of its steps with their history, and the form that adds one. */
export function ScoresPanel({ trace }: { trace: FragmentType<TraceScoresFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: TRACE_SCORES, from: trace });
  const [isAdding, setAdding] = useState(false);
  const close = useCallback(() => setAdding(false), []);
  const keys = useMemo(() => [{ keys: "s", label: "Add a score", run: () => setAdding(true) }], []);
  useKeys("Trace", keys);
  const groups = useMemo(() => (complete ? groupScores(data.scores.edges.map((edge) => edge.node)) : []), [complete, data]);
  if (!complete) {
    return null;
  }
  const left = data.scores.totalCount - data.scores.edges.length;
  return (
    <AsideSection
      title="Scores"
      action={
        !isAdding && (
          <Button variant="subtle" size="compact-xs" onClick={() => setAdding(true)}>
            Add a score
          </Button>
        )
      }
    >
      {isAdding && <ScoreForm traceId={data.id} onClose={close} />}
      {groups.length === 0 ? (
        <Text size="xs" c="dimmed">
          There is no score yet.
        </Text>
      ) : (
        <ul className={classes.groups}>
          {groups.map((group) => (
            <ScoreGroupRow key={group.key} group={group} />
          ))}
        </ul>
      )}
      {left > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {left} older scores are not shown.
        </Text>
      )}
    </AsideSection>
  );
}
