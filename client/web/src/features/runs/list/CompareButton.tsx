import { Button, Tooltip } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { MOST_RUNS } from "../compare/comparison.ts";

/** Opens the comparison of the ticked runs. */
export function CompareButton({ ids }: { ids: readonly string[] }): ReactElement {
  const isPossible = ids.length >= 2 && ids.length <= MOST_RUNS;
  const label = ids.length === 0 ? "Compare" : `Compare ${ids.length}`;
  const hint = `Tick 2 to ${MOST_RUNS} runs to compare them`;
  return isPossible ? (
    <Button component={Link} to={`/runs/compare?ids=${ids.join(",")}`} variant="default">
      {label}
    </Button>
  ) : (
    <Tooltip label={hint}>
      <Button variant="default" data-disabled aria-disabled title={hint} onClick={(event) => event.preventDefault()}>
        {label}
      </Button>
    </Tooltip>
  );
}
