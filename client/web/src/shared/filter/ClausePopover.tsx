import { Button, Group, Popover, Text } from "@mantine/core";
import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";
import { ClauseEditor } from "./editors/ClauseEditor.tsx";
import type { Clause } from "./model/clauses.ts";
import { isComplete } from "./model/drafts.ts";
import type { FilterShape } from "./model/shapes.ts";

interface Props {
  /** The clause at first. */
  clause: Clause;
  title: string;
  shape: FilterShape;
  isOpen: boolean;
  onClose: () => void;
  onApply: (clause: Clause) => void;
  onRemove?: (() => void) | undefined;
  /** The button that it hangs on. */
  children: ReactNode;
}

/** The editor of a clause beside its chip; nothing changes until it is applied. */
export function ClausePopover({ isOpen, onClose, children, ...form }: Props): ReactElement {
  return (
    <Popover opened={isOpen} onDismiss={onClose} position="bottom-start" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>{children}</Popover.Target>
      <Popover.Dropdown p="sm" maw="96vw" mah="70vh" style={{ overflow: "auto" }}>
        {isOpen && <ClauseForm {...form} />}
      </Popover.Dropdown>
    </Popover>
  );
}

type FormProps = Pick<Props, "clause" | "title" | "shape" | "onApply" | "onRemove">;

function ClauseForm({ clause, title, shape, onApply, onRemove }: FormProps): ReactElement {
  const [draft, setDraft] = useState(clause);
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    if (isComplete(draft)) {
      onApply(draft);
    }
  };
  return (
    <form onSubmit={apply}>
      <Text size="xs" fw={600} mb={8}>
        {title}
      </Text>
      <ClauseEditor clause={draft} shape={shape} onChange={setDraft} />
      <Group justify="space-between" mt="sm">
        {onRemove ? (
          <Button variant="subtle" color="gray" onClick={onRemove}>
            Remove
          </Button>
        ) : (
          <span />
        )}
        <Button type="submit" disabled={!isComplete(draft)}>
          Apply
        </Button>
      </Group>
    </form>
  );
}
