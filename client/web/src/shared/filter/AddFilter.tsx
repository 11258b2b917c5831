import { Button, Menu } from "@mantine/core";
import { IconFilterPlus } from "@tabler/icons-react";
import { type ReactElement, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useKeys } from "../keyboard/Keys.tsx";
import { ClausePopover } from "./ClausePopover.tsx";
import type { Clause } from "./model/clauses.ts";
import { GROUPS, newClause } from "./model/drafts.ts";
import type { FilterShape } from "./model/shapes.ts";

interface Props {
  shape: FilterShape;
  onAdd: (clause: Clause) => void;
  onEdit: (() => void) | undefined;
}

/** The menu of fields to filter by, and then the editor of the one that was picked. */
export function AddFilter({ shape, onAdd, onEdit }: Props): ReactElement {
  const [isMenu, setMenu] = useState(false);
  const [picked, setPicked] = useState<string | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const keys = useMemo(() => [{ keys: "f", label: "Add a filter", run: () => setMenu(true) }], []);
  useKeys("List", keys);
  const fields = Object.entries(shape.fields).filter(([, field]) => field.kind !== "search");
  const labelOf = (name: string): string => shape.fields[name]?.label ?? (name === "any" ? GROUPS.any : GROUPS.not);
  const button = (
    <Button
      ref={opener}
      variant="subtle"
      color="gray"
      size="compact-sm"
      leftSection={<IconFilterPlus size={15} stroke={1.6} />}
      onClick={() => setMenu(!isMenu)}
    >
      Filter
    </Button>
  );
  const close = (): void => {
    // The button of the menu takes the place of the editor's, to which the focus would return.
    flushSync(() => setPicked(null));
    opener.current?.focus();
  };
  if (picked !== null) {
    return (
      <ClausePopover
        key={picked}
        isOpen
        title={labelOf(picked)}
        clause={newClause(picked, shape)}
        shape={shape}
        onClose={close}
        onApply={(clause) => {
          close();
          onAdd(clause);
        }}
      >
        {button}
      </ClausePopover>
    );
  }
  const pick = (name: string): void => {
    onEdit?.();
    setMenu(false);
    setPicked(name);
  };
  return (
    <Menu opened={isMenu} onChange={setMenu} position="bottom-start" shadow="md" width={200}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflow: "auto" }}>
        {fields.map(([name, { label }], place) => (
          <Menu.Item key={name} onClick={() => pick(name)} py={5} data-autofocus={place === 0 || undefined}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => pick("any")} py={5}>
          {GROUPS.any}…
        </Menu.Item>
        <Menu.Item onClick={() => pick("not")} py={5}>
          {GROUPS.not}…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
