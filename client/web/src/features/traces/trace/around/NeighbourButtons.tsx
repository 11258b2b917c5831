import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type ReactElement, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { useNeighbours } from "./neighbours.ts";
import { useTraceList } from "./useTraceList.ts";

/** Buttons and keys to the trace before and after in the list that one came from. */
export function NeighbourButtons({ id }: { id: string }): ReactElement {
  const { list, search } = useTraceList();
  const { previous, next } = useNeighbours(id, list);
  const navigate = useNavigate();
  const keys = useMemo(() => {
    const go = (uuid: string | undefined) => (): void => void (uuid !== undefined && navigate(`/traces/${uuid}${search}`));
    return [
      { keys: "[", label: "Previous trace of the list", run: go(previous) },
      { keys: "]", label: "Next trace of the list", run: go(next) },
    ];
  }, [previous, next, navigate, search]);
  useKeys("Trace", keys);
  return (
    <ActionIcon.Group>
      <Neighbour label="Previous trace" hint="[" uuid={previous} search={search} icon={IconChevronLeft} />
      <Neighbour label="Next trace" hint="]" uuid={next} search={search} icon={IconChevronRight} />
    </ActionIcon.Group>
  );
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
