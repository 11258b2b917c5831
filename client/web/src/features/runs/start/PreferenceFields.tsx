import type { ReactElement } from "react";
import { PairRuleSelect } from "../../../shared/pairs/PairRuleSelect.tsx";
import { ScorerInput } from "../../../shared/scores/ScorerInput.tsx";
import { ParameterFields } from "./ParameterFields.tsx";
import { PREFERENCE } from "./parameters.ts";
import { field, type StartFormState } from "./useStartForm.ts";
import { WeightsSelect } from "./WeightsSelect.tsx";

/** The part of the form that sets how preference pairs are found, and what is trained on them. */
export function PreferenceFields({ form }: { form: StartFormState }): ReactElement {
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
      <WeightsSelect form={form} />
    </ParameterFields>
  );
}
