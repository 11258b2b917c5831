import { Button, Group, Switch } from "@mantine/core";
import { type ReactElement, useMemo, useState } from "react";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { VirtualRows } from "../../../shared/virtual/VirtualRows.tsx";
import classes from "../Compare.module.css";
import { alignSteps, type StepPair } from "./align.ts";
import type { TraceStep } from "./ComparedTrace.ts";
import { StepPairRow } from "./StepPairRow.tsx";

interface Props {
  base: readonly TraceStep[];
  other: readonly TraceStep[];
}

/** The steps of two traces, aligned; the first pair that differs is marked, and keys go from difference to difference. */
export function ComparedSteps({ base, other }: Props): ReactElement {
  const pairs = useMemo(() => alignSteps(base, other), [base, other]);
  const [only, setOnly] = useUrlText("only");
  const differing = useMemo(() => pairs.filter((pair) => pair.isDifferent), [pairs]);
  const shown = only === "differences" ? differing : pairs;
  const [at, go] = useDifferences(differing);
  const position = shown.findIndex((pair) => pair.key === at);
  return (
    <section aria-label="Steps">
      <Group justify="space-between" px="md" gap="xs" pb={4}>
        <h2 className={classes.title} style={{ marginInline: 0 }}>
          Steps <span className={classes.note}>{noteOn(pairs.length, differing.length)}</span>
        </h2>
        {differing.length > 0 && (
          <Group gap="sm">
            <Button variant="subtle" size="compact-xs" ml={-8} onClick={() => go(0)}>
              Go to the first difference
            </Button>
            <Switch
              label="Only what differs"
              checked={only === "differences"}
              onChange={(event) => setOnly(event.currentTarget.checked ? "differences" : null)}
            />
          </Group>
        )}
      </Group>
      <VirtualRows
        key={shown.length}
        rows={shown}
        keyOf={(pair) => pair.key}
        heightOf={estimatedHeight}
        shown={position < 0 ? undefined : position}
        render={(pair) => <StepPairRow pair={pair} isFirst={pair.key === differing[0]?.key} isMarked={pair.key === at} />}
      />
    </section>
  );
}

function noteOn(count: number, differing: number): string {
  return differing === 0 ? "the same" : `${differing} of ${count} differ`;
}

/** The difference that is marked, and how to go to the one at a position; `n` and `p` go to the next and previous one. */
function useDifferences(differing: readonly StepPair[]): [number | undefined, (position: number) => void] {
  const [position, setPosition] = useState<number>();
  const keys = useMemo(() => {
    const last = differing.length - 1;
    return [
      { keys: "n", label: "Next difference", run: () => setPosition((now) => Math.min((now ?? -1) + 1, last)) },
      { keys: "p", label: "Previous difference", run: () => setPosition((now) => Math.max((now ?? 1) - 1, 0)) },
    ];
  }, [differing]);
  useKeys("Compare", keys);
  return [position === undefined ? undefined : differing[position]?.key, setPosition];
}

function estimatedHeight({ base, other }: StepPair): number {
  return 48 + 22 * Math.min(Math.ceil(Math.max(base?.content.length ?? 0, other?.content.length ?? 0) / 60), 70);
}
