import { Button, Tooltip } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import { MOST_RUNS } from "../compare/comparison.ts";

/** Opens the comparison of the ticked runs. */
export function CompareButton({ ids }: { ids: readonly string[] }): ReactElement {
  const isPossible = ids.length >= 2 && ids.length <= MOST_RUNS;
  const label = ids.length === 0 ? "Compare" : `Compare ${ids.length}`;
  const navigate = useNavigate();
  const address = isPossible ? `/runs/compare?ids=${ids.join(",")}` : null;
  const keys = useMemo(
    () => [
      { keys: "c", label: "Compare the selected runs", run: () => address !== null && void navigate(address) },
      { keys: "n", label: "Start a run", run: () => void navigate("/runs/new") },
    ],
    [address, navigate],
  );
  useKeys("Runs", keys);
  const hint = `Tick 2 to ${MOST_RUNS} runs to compare them`;
  return address !== null ? (
    <Button component={Link} to={address} variant="default">
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
