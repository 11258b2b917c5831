import { TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import { ParameterFields } from "./ParameterFields.tsx";
import { GRPO } from "./parameters.ts";
import { field, type StartFormState } from "./useStartForm.ts";
import { WeightsSelect } from "./WeightsSelect.tsx";

/** The part of the form that sets how answers are sampled and rewarded, and what is trained on them. */
export function RewardFields({ form }: { form: StartFormState }): ReactElement {
  const { value, error, onChange } = field(form, "grpo.rewards");
  return (
    <ParameterFields
      legend="Rewards"
      columns={3}
      form={form}
      parameters={GRPO}
      first={
        <TextInput
          label="Rewards"
          description="Scorers, or SCORER=WEIGHT, with commas"
          inputWrapperOrder={["label", "input", "description", "error"]}
          placeholder="answer_match, format_valid=0.2"
          name="grpo.rewards"
          value={value}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value)}
          withAsterisk
          autoComplete="off"
          spellCheck={false}
        />
      }
    >
      <WeightsSelect form={form} />
    </ParameterFields>
  );
}
