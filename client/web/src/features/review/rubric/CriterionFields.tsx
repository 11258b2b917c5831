import { Button, Checkbox, Fieldset, Group, NumberInput, Textarea, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import { type CriterionDraft, wrongChoices } from "./draft.ts";

interface Props {
  number: number;
  criterion: CriterionDraft;
  onChange: (criterion: CriterionDraft) => void;
  /** Undefined for the only criterion. */
  onRemove: (() => void) | undefined;
  errors: Readonly<Record<"label" | "scorer" | "scale", string | undefined>>;
}

/** The fields of one criterion of a new rubric. */
export function CriterionFields({ number, criterion, onChange, onRemove, errors }: Props): ReactElement {
  const { label, scorer, perStep, choices, min, max } = criterion;
  return (
    <Fieldset legend={`Criterion ${number}`} p="sm">
      <Group grow align="flex-start">
        <TextInput
          label="Question"
          placeholder="Is the answer correct?"
          value={label}
          onChange={(event) => onChange({ ...criterion, label: event.currentTarget.value })}
          error={errors.label}
        />
        <TextInput
          label="Scorer"
          placeholder="correctness"
          value={scorer}
          onChange={(event) => onChange({ ...criterion, scorer: event.currentTarget.value })}
          error={errors.scorer}
        />
      </Group>
      <Textarea
        label="Choices"
        description="One per line: key, score, label. Without any, a number is entered."
        mt="xs"
        autosize
        minRows={2}
        value={choices}
        onChange={(event) => onChange({ ...criterion, choices: event.currentTarget.value })}
        error={wrongChoices(choices) ?? errors.scale}
      />
      {choices.trim() === "" && (
        <Group mt="xs">
          <NumberInput label="Lowest" w={120} value={min} onChange={(value) => onChange({ ...criterion, min: value })} />
          <NumberInput label="Highest" w={120} value={max} onChange={(value) => onChange({ ...criterion, max: value })} />
        </Group>
      )}
      <Group justify="space-between" mt="xs">
        <Checkbox label="Score each step" checked={perStep} onChange={(event) => onChange({ ...criterion, perStep: event.currentTarget.checked })} />
        {onRemove !== undefined && (
          <Button variant="subtle" color="gray" size="compact-xs" onClick={onRemove}>
            Remove
          </Button>
        )}
      </Group>
    </Fieldset>
  );
}
