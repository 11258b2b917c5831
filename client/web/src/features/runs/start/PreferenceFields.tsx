import { Select } from "@mantine/core";
import type { ReactElement } from "react";
import { PairRuleSelect } from "../../../shared/pairs/PairRuleSelect.tsx";
import { ScorerInput } from "../../../shared/scores/ScorerInput.tsx";
import { ParameterFields } from "./ParameterFields.tsx";
import { PREFERENCE } from "./parameters.ts";
import { field, type StartFormState } from "./useStartForm.ts";

const WEIGHTS = [
  { value: "ALL", label: "All weights" },
  { value: "ADAPTERS", label: "Adapters (LoRA)" },
];

/** The part of the form that says how preference pairs are found, and what is trained on them. */
export function PreferenceFields({ form }: { form: StartFormState }): ReactElement {
  const { value: weights, error, onChange } = field(form, "lora");
  return (
    <ParameterFields
      legend="Preference pairs"
      columns={3}
      form={form}
      parameters={PREFERENCE}
      first={
        <>
          <ScorerInput {...field(form, "preference.scorer")} description="Its scores of the answers to one prompt are compared" />
          <PairRuleSelect {...field(form, "preference.rule")} />
        </>
      }
    >
      <Select
        label="Trained weights"
        data={WEIGHTS}
        value={weights === "" ? "ALL" : weights}
        allowDeselect={false}
        error={error}
        onChange={(chosen) => onChange(chosen === "ADAPTERS" ? "ADAPTERS" : "")}
      />
    </ParameterFields>
  );
}
