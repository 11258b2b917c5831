import { NativeSelect } from "@mantine/core";
import type { ReactElement } from "react";
import type { Clause } from "../model/clauses.ts";
import { emptyValue } from "../model/drafts.ts";
import { isOperator, OPERATORS, operatorWord, type ValueKind } from "../model/operators.ts";
import type { FilterField } from "../model/shapes.ts";

interface Props {
  clause: Extract<Clause, { kind: "value" | "meta" | "metric" }>;
  field: FilterField;
  kind: ValueKind;
  onChange: (clause: Clause) => void;
}

/** Chooses the operator of a condition; a value that fits the new one is kept. */
export function OperatorSelect({ clause, field, kind, onChange }: Props): ReactElement {
  return (
    <NativeSelect
      aria-label="Operator"
      size="xs"
      w={112}
      data={OPERATORS[kind].map((operator) => ({ value: operator, label: operatorWord(operator, kind) }))}
      value={clause.operator}
      onChange={({ currentTarget: { value: operator } }) => {
        if (isOperator(operator, kind)) {
          onChange({ ...clause, operator, value: emptyValue(operator, field, clause.value) });
        }
      }}
    />
  );
}
