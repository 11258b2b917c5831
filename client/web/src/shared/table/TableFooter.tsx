import { Button, Group, Loader, Text } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { whole } from "../format/numbers.ts";
import classes from "./DataTable.module.css";

interface Props {
  loaded: number;
  total: number | undefined;
  isFiltered: boolean;
  isBusy: boolean;
  selected?: number;
  /** Loads the list again; given when it has changed since it was loaded. */
  onReload?: (() => void) | undefined;
  /** Anything else to know about the list. */
  children?: ReactNode;
}

/** The line below a table: how many rows there are, how many are on the screen, and whether a filter hides others. */
export function TableFooter({ loaded, total, isFiltered, isBusy, selected = 0, onReload, children }: Props): ReactElement {
  return (
    <Group component="footer" className={classes.footer} gap="md" wrap="nowrap">
      <Text size="xs" c="dimmed" component="output">
        {countText(loaded, total)}
        {isFiltered && " · filtered"}
        {selected > 0 && ` · ${whole(selected)} selected`}
      </Text>
      {isBusy && (
        <>
          <Loader size={12} color="gray" aria-hidden />
          <span className="visually-hidden">Loading</span>
        </>
      )}
      {onReload && (
        <Button variant="subtle" size="compact-xs" onClick={onReload}>
          The list has changed: load it again
        </Button>
      )}
      {children}
    </Group>
  );
}

function countText(loaded: number, total: number | undefined): string {
  if (total === 0) {
    return "No rows";
  }
  return total === undefined ? `${whole(loaded)} loaded` : `${whole(loaded)} of ${whole(total)} loaded`;
}
