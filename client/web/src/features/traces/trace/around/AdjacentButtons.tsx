import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type ReactElement, useCallback, useEffect, useMemo, useRef } from "react";
import { useHref, useLinkClickHandler, useNavigate } from "react-router";
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

/**
 * `[` and `]` go to the adjacent traces. A key that is pressed before they are known counts as soon as they are, also one
 * that follows another before the page has left the trace.
 */
function useAdjacentKeys(adjacent: AdjacentTraces | undefined, search: string): void {
  const navigate = useNavigate();
  const pending = useRef<keyof AdjacentTraces>(undefined);
  const left = useRef<AdjacentTraces>(undefined);
  const go = useCallback(
    (to: keyof AdjacentTraces) => {
      const known = adjacent === left.current ? undefined : adjacent;
      pending.current = known === undefined ? to : undefined;
      const uuid = known?.[to];
      if (uuid !== undefined) {
        left.current = adjacent;
        void navigate(`/traces/${uuid}${search}`);
      }
    },
    [adjacent, navigate, search],
  );
  useEffect(() => {
    if (adjacent === undefined) {
      left.current = undefined;
    } else if (pending.current !== undefined) {
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

/** One element before, while and after the adjacent trace is known, so that it keeps the focus. */
function AdjacentButton({ label, hint, uuid, search, icon: Icon }: ButtonProps): ReactElement {
  const to = `/traces/${uuid}${search}`;
  const href = useHref(to);
  const open = useLinkClickHandler<HTMLAnchorElement>(to);
  const known = uuid === undefined ? { "aria-disabled": true, "data-disabled": true, role: "link", tabIndex: -1 } : { href, onClick: open };
  return (
    <Tooltip label={`${label} (${hint})`}>
      <ActionIcon component="a" variant="default" size="md" aria-label={label} {...known}>
        <Icon size={18} stroke={1.6} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
