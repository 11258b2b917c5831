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
    const all = columns.map((column) => column.id);
    onShow(shown.includes(id) ? shown.filter((each) => each !== id) : withColumn(shown, id, all));
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

/** Returns the shown columns with one more, behind those that come before it in the chooser; the others stay where they are. */
function withColumn(shown: readonly string[], id: string, all: readonly string[]): string[] {
  const before = new Set(all.slice(0, all.indexOf(id)));
  return shown.toSpliced(shown.findLastIndex((each) => before.has(each)) + 1, 0, id);
}
