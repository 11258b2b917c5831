import { Button, Group, Text } from "@mantine/core";
import { IconDatabasePlus, IconDownload, IconStars, IconTrash } from "@tabler/icons-react";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";
import classes from "./BulkBar.module.css";
import { DeleteDialog } from "./DeleteDialog.tsx";
import { ExportDialog } from "./ExportDialog.tsx";
import { ScoreDialog } from "./ScoreDialog.tsx";
import { countOf, recipeAddress, type Target, tracesText, whereOf } from "./target.ts";

interface Props {
  target: Target;
  /** The number of all that match, if there are more than are selected. */
  matching: number | undefined;
  onSelectAll: () => void;
  onClear: () => void;
  onScored: (scorer: string) => void;
  onDeleted: () => void;
  /** Some of the selected traces are deleted, the others were refused. */
  onPartDeleted: (ids: readonly string[]) => void;
}

type Action = "score" | "export" | "delete";

/** The actions on the selected traces, or on all that match. */
export function BulkBar({ target, matching, onSelectAll, onClear, onScored, onDeleted, onPartDeleted }: Props): ReactElement {
  const [action, setAction] = useState<Action | null>(null);
  const close = (): void => setAction(null);
  const isAll = target.kind === "matching";
  // The server refuses to delete by a filter that is true of every trace.
  const isEverything = target.kind === "matching" && Object.keys(target.where).length === 0;
  return (
    <section className={classes.bar} aria-label="Selected traces">
      <Group gap={6} style={{ flex: "1 1 auto" }}>
        <Text size="sm" fw={500} component="output">
          {isAll ? `All ${tracesText(countOf(target))} that match` : `${tracesText(countOf(target))} selected`}
        </Text>
        {!isAll && matching !== undefined && matching > countOf(target) && (
          <Button variant="subtle" size="compact-sm" onClick={onSelectAll}>
            Select all {matching.toLocaleString("en")} that match
          </Button>
        )}
      </Group>
      <Group gap={6} data-actions>
        <Button variant="default" size="compact-sm" leftSection={<IconStars size={14} />} onClick={() => setAction("score")}>
          Score
        </Button>
        <Button variant="default" size="compact-sm" leftSection={<IconDownload size={14} />} onClick={() => setAction("export")}>
          Export
        </Button>
        <Button
          component={Link}
          to={recipeAddress(whereOf(target), target.kind === "matching" ? target.orderBy : [])}
          variant="default"
          size="compact-sm"
          leftSection={<IconDatabasePlus size={14} />}
        >
          Make a dataset
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconTrash size={14} />}
          data-disabled={isEverything || undefined}
          aria-disabled={isEverything}
          title={isEverything ? "All traces cannot be deleted at once: filter the list first" : undefined}
          onClick={() => isEverything || setAction("delete")}
        >
          Delete
        </Button>
        <Button variant="subtle" color="gray" size="compact-sm" aria-label="Clear the selection" onClick={onClear}>
          Clear
        </Button>
      </Group>
      {action === "score" && <ScoreDialog target={target} onClose={close} onScored={onScored} />}
      {action === "export" && <ExportDialog target={target} onClose={close} />}
      {action === "delete" && (
        <DeleteDialog
          target={target}
          onClose={close}
          onPartDeleted={onPartDeleted}
          onDeleted={() => {
            close();
            onDeleted();
          }}
        />
      )}
    </section>
  );
}
