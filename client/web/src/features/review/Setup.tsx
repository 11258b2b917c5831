import { Button, CloseButton, Select, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { TraceFilterBar } from "../../shared/filter/TraceFilterBar.tsx";
import type { Where } from "../../shared/filter/model/clauses.ts";
import { DeleteRubric } from "./rubric/DeleteRubric.tsx";
import { NewRubric } from "./rubric/NewRubric.tsx";
import { DEFAULT_RUBRIC, type Rubric } from "./rubric/rubric.ts";
import classes from "./Setup.module.css";

interface Props {
  where: Where;
  onWhere: (where: Where) => void;
  dataset: string | null;
  onDataset: (dataset: string | null) => void;
  rubrics: readonly Rubric[];
  /** The name of the rubric in use. */
  rubric: string;
  /** Called with a rubric's name; null for the one that is always there. */
  onRubric: (name: string | null) => void;
  onRubricsChange: () => Promise<unknown>;
  reviewer: string;
  onReviewer: (reviewer: string | null) => void;
}

/** The setup of a review: its traces, its rubric and its reviewer. */
export function Setup(props: Props): ReactElement {
  const { where, onWhere, dataset, onDataset, rubrics, rubric, onRubric, onRubricsChange, reviewer, onReviewer } = props;
  const [isNew, dialog] = useDisclosure(false);
  const selectCreated = async (name: string): Promise<void> => {
    dialog.close();
    // If they cannot be loaded, the page shows why.
    await onRubricsChange().catch(() => {});
    onRubric(name);
  };
  const leaveDeleted = async (): Promise<void> => {
    onRubric(null);
    await onRubricsChange().catch(() => {});
  };
  const isStored = rubrics.some(({ name }) => name === rubric);
  return (
    <>
      <div className={classes.fields}>
        <Select
          aria-label="Rubric"
          w={220}
          data={rubrics.map(({ name }) => name)}
          value={rubric}
          allowDeselect={false}
          onChange={(name) => onRubric(name === DEFAULT_RUBRIC.name ? null : name)}
        />
        <Button variant="default" onClick={dialog.open}>
          New rubric…
        </Button>
        {rubric !== DEFAULT_RUBRIC.name && isStored && <DeleteRubric name={rubric} onDeleted={() => void leaveDeleted()} />}
        <ReviewerField key={reviewer} reviewer={reviewer} onReviewer={onReviewer} />
        {dataset !== null && (
          <span className={classes.dataset}>
            dataset {dataset}
            <CloseButton size="xs" aria-label="Review other traces too" onClick={() => onDataset(null)} />
          </span>
        )}
      </div>
      <TraceFilterBar where={where} onChange={onWhere} />
      {isNew && <NewRubric onClose={dialog.close} onCreated={(name) => void selectCreated(name)} />}
    </>
  );
}

/** The reviewer's name, which takes effect when the field is left. */
function ReviewerField({ reviewer, onReviewer }: Pick<Props, "reviewer" | "onReviewer">): ReactElement {
  const [text, setText] = useState(reviewer);
  return (
    <TextInput
      aria-label="Reviewer"
      placeholder="Reviewer (optional)"
      w={180}
      maxLength={24}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => onReviewer(text.trim() || null)}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === "Escape") {
          event.currentTarget.blur();
        }
      }}
    />
  );
}
