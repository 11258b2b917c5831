import { Group } from "@mantine/core";
import type { ReactElement } from "react";
import type { Clause } from "../model/clauses.ts";
import type { FilterShape } from "../model/shapes.ts";
import { useSuggestions } from "../suggestions.ts";
import { OperatorSelect } from "./OperatorSelect.tsx";
import { SuggestedInput } from "./SuggestedInput.tsx";
import { ValueInput } from "./ValueInput.tsx";

interface Props {
  clause: Extract<Clause, { kind: "metric" }>;
  shape: FilterShape;
  onChange: (clause: Clause) => void;
}

/** The inputs of a condition on the last value of a metric. */
export function MetricEditor({ clause, shape, onChange }: Props): ReactElement | null {
  const { values } = useSuggestions();
  const field = shape.fields[clause.field];
  return field === undefined ? null : (
    <Group gap={6} wrap="wrap" align="flex-start">
      <SuggestedInput
        aria-label="Metric"
        placeholder="eval/loss"
        w={170}
        suggested={values[`${shape.type}.${clause.field}`] ?? []}
        defaultValue={clause.metric}
        onChange={({ currentTarget: { value } }) => onChange({ ...clause, metric: value.trim() })}
      />
      <OperatorSelect clause={clause} field={field} kind="number" onChange={onChange} />
      <ValueInput kind="number" operator={clause.operator} value={clause.value} onChange={(value) => onChange({ ...clause, value })} />
    </Group>
  );
}
