import { Select } from "@mantine/core";
import type { ReactElement } from "react";
import { POLICIES } from "./policies.ts";

interface Props {
  description: string;
  value: string;
  onChange: (policy: string) => void;
  error?: string | undefined;
}

/** Chooses what happens if training prompts are in the evaluation data. */
export function PolicySelect({ description, value, onChange, error }: Props): ReactElement {
  return (
    <Select
      label="Contamination"
      description={description}
      inputWrapperOrder={["label", "input", "description", "error"]}
      data={[...POLICIES]}
      value={value}
      onChange={(policy) => onChange(policy ?? "WARN")}
      allowDeselect={false}
      error={error}
    />
  );
}
