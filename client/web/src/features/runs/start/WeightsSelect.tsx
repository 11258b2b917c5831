import { Select } from "@mantine/core";
import type { ReactElement } from "react";
import { field, type StartFormState } from "./useStartForm.ts";

const WEIGHTS = [
  { value: "ALL", label: "All weights" },
  { value: "ADAPTERS", label: "Adapters (LoRA)" },
];

/** Asks whether a method that can do both trains all weights or adapters. */
export function WeightsSelect({ form }: { form: StartFormState }): ReactElement {
  const { value, error, onChange } = field(form, "lora");
  return (
    <Select
      label="Trained weights"
      data={WEIGHTS}
      value={value === "" ? "ALL" : value}
      allowDeselect={false}
      error={error}
      onChange={(chosen) => onChange(chosen === "ADAPTERS" ? "ADAPTERS" : "")}
    />
  );
}
