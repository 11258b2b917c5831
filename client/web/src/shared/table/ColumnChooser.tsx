import { ActionIcon, Button, Checkbox, Popover, Stack } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";

interface Props {
  columns: readonly { id: string; header: string }[];
  shown: readonly string[];
  /** Shows other columns; null shows the ones of the start. */
  onShow: (ids: readonly string[] | null) => void;
  /** Further choices, such as columns by metadata path. */
  children?: ReactNode;
}

/** The button that chooses which columns of a table are shown. The first column always is. */
export function ColumnChooser({ columns, shown, onShow, children }: Props): ReactElement {
  const toggle = (id: string): void => {
    const next = shown.includes(id) ? shown.filter((each) => each !== id) : [...shown, id];
    const place = new Map(columns.map((column, index) => [column.id, index]));
    onShow(next.toSorted((a, b) => (place.get(a) ?? columns.length) - (place.get(b) ?? columns.length)));
  };
  return (
    <Popover position="bottom-end" shadow="md" width={240} trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon size={30} aria-label="Choose columns" title="Columns" variant="default">
          <IconColumns3 size={16} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns" p="sm" mah={420} style={{ overflow: "auto" }}>
        <Stack gap={8}>
          {columns.map(({ id, header }, index) => (
            <Checkbox
              key={id}
              label={header}
              checked={shown.includes(id)}
              disabled={index === 0}
              onChange={() => toggle(id)}
            />
          ))}
          {children}
          <Button variant="subtle" color="gray" onClick={() => onShow(null)}>
            Show the usual columns
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
