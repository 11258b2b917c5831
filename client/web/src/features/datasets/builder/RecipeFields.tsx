import { NumberInput, SegmentedControl, Select, Stack } from "@mantine/core";
import type { ReactElement } from "react";
import { LIMIT_MAX, ORDER_FIELDS, type RecipeForm, STRATEGIES } from "../recipe.ts";
import classes from "./Builder.module.css";

interface Props {
  value: RecipeForm;
  onChange: (value: RecipeForm) => void;
  errors: Readonly<Record<string, string>>;
}

/** The fields by which members are chosen from the traces that match: limit, strategy, seed and order. */
export function RecipeFields({ value, onChange, errors }: Props): ReactElement {
  const change = (part: Partial<RecipeForm>): void => onChange({ ...value, ...part });
  const strategy = STRATEGIES.find((each) => each.value === value.strategy);
  return (
    <Stack gap="sm">
      <NumberInput
        label="Limit"
        placeholder="All that match"
        min={1}
        max={LIMIT_MAX}
        allowDecimal={false}
        thousandSeparator=","
        value={value.limit}
        error={errors["limit"]}
        onChange={(limit) => change({ limit })}
      />
      <Select
        label="Strategy"
        description={strategy?.about}
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={STRATEGIES.map(({ value: each, label }) => ({ value: each, label }))}
        value={value.strategy}
        allowDeselect={false}
        error={errors["strategy"]}
        onChange={(next) => next !== null && change({ strategy: next })}
      />
      {value.strategy !== "LATEST" && (
        <NumberInput
          label="Seed"
          allowDecimal={false}
          value={value.seed}
          error={errors["seed"]}
          onChange={(seed) => change({ seed })}
        />
      )}
      <div className={classes.order}>
        <Select
          label="Order"
          data={[...ORDER_FIELDS]}
          value={value.field}
          allowDeselect={false}
          error={errors["orderBy"]}
          onChange={(field) => field !== null && change({ field })}
        />
        <SegmentedControl
          aria-label="Direction"
          data={[
            { value: "ASC", label: "Ascending" },
            { value: "DESC", label: "Descending" },
          ]}
          value={value.direction}
          onChange={(direction) => change({ direction: direction === "ASC" ? "ASC" : "DESC" })}
        />
      </div>
    </Stack>
  );
}
