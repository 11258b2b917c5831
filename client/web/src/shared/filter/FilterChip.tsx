import { IconX } from "@tabler/icons-react";
import { type ReactElement, useState } from "react";
import { ClausePopover } from "./ClausePopover.tsx";
import classes from "./FilterBar.module.css";
import type { Clause } from "./model/clauses.ts";
import { describeClause } from "./model/describe.ts";
import type { FilterShape } from "./model/shapes.ts";

interface Props {
  clause: Clause;
  shape: FilterShape;
  onApply: (clause: Clause) => void;
  onRemove: () => void;
  onEdit?: (() => void) | undefined;
}

/** One condition in words; a click edits it, the cross removes it. */
export function FilterChip({ clause, shape, onApply, onRemove, onEdit }: Props): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const text = describeClause(clause, shape);
  const open = (): void => {
    onEdit?.();
    setOpen(!isOpen);
  };
  return (
    <span className={classes.chip}>
      <ClausePopover
        isOpen={isOpen}
        title={text}
        clause={clause}
        shape={shape}
        onClose={() => setOpen(false)}
        onApply={(next) => {
          setOpen(false);
          onApply(next);
        }}
        onRemove={() => {
          setOpen(false);
          onRemove();
        }}
      >
        <button type="button" className={classes.chipText} title={text} onClick={open}>
          <bdi>{text}</bdi>
        </button>
      </ClausePopover>
      <button type="button" className={classes.chipCross} aria-label={`Remove the filter: ${text}`} onClick={onRemove}>
        <IconX size={12} aria-hidden />
      </button>
    </span>
  );
}
