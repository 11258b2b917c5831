import { Button, Group } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import type { TraceWhere } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { Agreements } from "../agreement/Agreements.tsx";
import { reviewedWhere } from "../queue/filters.ts";
import type { Rubric } from "../rubric/rubric.ts";

interface Props {
  where: TraceWhere;
  rubric: Rubric;
  reviewer: string;
  /** Whether no trace is in the queue, with or without scores. */
  isEmpty: boolean;
  skipped: number;
  isStoring: boolean;
  onUndo: () => void;
  onAgain: () => void;
}

/** The end of a queue: the remaining traces, and the agreement of the scores with those of others. */
export function QueueEnd({ where, rubric, reviewer, isEmpty, skipped, isStoring, onUndo, onAgain }: Props): ReactElement {
  const done = useMemo(() => reviewedWhere(where, rubric, reviewer), [where, rubric, reviewer]);
  useKeys("Review", ["u", "Mod+z"].map((keys) => ({ keys, label: "Undo", run: onUndo })));
  if (isEmpty) {
    return (
      <EmptyState
        title="There is nothing to review"
        actions={
          <Button component={Link} to="/traces">
            Go to the traces
          </Button>
        }
      >
        No trace matches the filter above. Change it, or add traces.
      </EmptyState>
    );
  }
  return (
    <>
      <EmptyState
        title={skipped > 0 ? "The end of the queue" : "Everything is reviewed"}
        actions={
          <Group gap="xs" justify="center">
            {skipped > 0 && <Button onClick={onAgain}>Review the skipped ones</Button>}
            <Button component={Link} variant="default" to={`/traces?${new URLSearchParams({ where: JSON.stringify(done) })}`}>
              Show the reviewed traces
            </Button>
          </Group>
        }
      >
        {skipped > 0
          ? `${skipped} ${skipped === 1 ? "trace was" : "traces were"} skipped.`
          : "Every trace of this queue has its scores. Choose other traces above to go on."}
      </EmptyState>
      {!isStoring && <Agreements where={done} rubric={rubric} reviewer={reviewer} />}
    </>
  );
}
