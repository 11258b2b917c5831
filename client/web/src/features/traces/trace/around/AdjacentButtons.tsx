import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type ReactElement, useCallback, useEffect, useMemo, useRef } from "react";
import { Link, useNavigate } from "react-router";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { type AdjacentTraces, useAdjacentTraces } from "./adjacentTraces.ts";
import { useTraceList } from "./useTraceList.ts";

interface Props {
  /** The trace that is shown. */
  id: string;
  /** Whether it is still that of the address before. */
  isStale: boolean;
}

/** Buttons and keys to the trace before and after in the list that one came from. */
export function AdjacentButtons({ id, isStale }: Props): ReactElement {
  const { list, search } = useTraceList();
  const around = useAdjacentTraces(id, list);
  const adjacent = isStale ? undefined : around;
  useAdjacentKeys(adjacent, search);
  return (
    <ActionIcon.Group>
      <AdjacentButton label="Previous trace" hint="[" uuid={adjacent?.previous} search={search} icon={IconChevronLeft} />
      <AdjacentButton label="Next trace" hint="]" uuid={adjacent?.next} search={search} icon={IconChevronRight} />
    </ActionIcon.Group>
  );
}

/** `[` and `]` go to the adjacent traces; a key that is pressed before they are known counts as soon as they are. */
function useAdjacentKeys(adjacent: AdjacentTraces | undefined, search: string): void {
  const navigate = useNavigate();
  const pending = useRef<keyof AdjacentTraces>(undefined);
  const go = useCallback(
    (to: keyof AdjacentTraces) => {
      pending.current = adjacent === undefined ? to : undefined;
      const uuid = adjacent?.[to];
      void (uuid !== undefined && navigate(`/traces/${uuid}${search}`));
    },
    [adjacent, navigate, search],
  );
  useEffect(() => {
    if (adjacent !== undefined && pending.current !== undefined) {
      go(pending.current);
    }
  }, [adjacent, go]);
  const keys = useMemo(
    () => [
      { keys: "[", label: "Previous trace of the list", run: () => go("previous") },
      { keys: "]", label: "Next trace of the list", run: () => go("next") },
    ],
    [go],
  );
  useKeys("Trace", keys);
}

interface ButtonProps {
  label: string;
  hint: string;
  uuid: string | undefined;
  search: string;
  icon: typeof IconChevronLeft;
}

function AdjacentButton({ label, hint, uuid, search, icon: Icon }: ButtonProps): ReactElement {
  const picture = <Icon size={18} stroke={1.6} aria-hidden />;
  return (
    <Tooltip label={`${label} (${hint})`}>
      {uuid === undefined ? (
        <ActionIcon variant="default" size="md" disabled aria-label={label}>
          {picture}
        </ActionIcon>
      ) : (
        <ActionIcon variant="default" size="md" component={Link} to={`/traces/${uuid}${search}`} aria-label={label}>
          {picture}
        </ActionIcon>
      )}
    </Tooltip>
  );
}
