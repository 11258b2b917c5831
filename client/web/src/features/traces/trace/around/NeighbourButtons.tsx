import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type ReactElement, useCallback, useEffect, useMemo, useRef } from "react";
import { Link, useNavigate } from "react-router";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { type Neighbours, useNeighbours } from "./neighbours.ts";
import { useTraceList } from "./useTraceList.ts";

/** Buttons and keys to the trace before and after in the list that one came from. */
export function NeighbourButtons({ id }: { id: string }): ReactElement {
  const { list, search } = useTraceList();
  const neighbours = useNeighbours(id, list);
  useNeighbourKeys(neighbours, search);
  return (
    <ActionIcon.Group>
      <Neighbour label="Previous trace" hint="[" uuid={neighbours?.previous} search={search} icon={IconChevronLeft} />
      <Neighbour label="Next trace" hint="]" uuid={neighbours?.next} search={search} icon={IconChevronRight} />
    </ActionIcon.Group>
  );
}

/** `[` and `]` go to the neighbours; a key that is pressed before they are known counts as soon as they are. */
function useNeighbourKeys(neighbours: Neighbours | undefined, search: string): void {
  const navigate = useNavigate();
  const pending = useRef<keyof Neighbours>(undefined);
  const go = useCallback(
    (to: keyof Neighbours) => {
      pending.current = neighbours === undefined ? to : undefined;
      const uuid = neighbours?.[to];
      void (uuid !== undefined && navigate(`/traces/${uuid}${search}`));
    },
    [neighbours, navigate, search],
  );
  useEffect(() => {
    if (neighbours !== undefined && pending.current !== undefined) {
      go(pending.current);
    }
  }, [neighbours, go]);
  const keys = useMemo(
    () => [
      { keys: "[", label: "Previous trace of the list", run: () => go("previous") },
      { keys: "]", label: "Next trace of the list", run: () => go("next") },
    ],
    [go],
  );
  useKeys("Trace", keys);
}

interface Props {
  label: string;
  hint: string;
  uuid: string | undefined;
  search: string;
  icon: typeof IconChevronLeft;
}

function Neighbour({ label, hint, uuid, search, icon: Icon }: Props): ReactElement {
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
