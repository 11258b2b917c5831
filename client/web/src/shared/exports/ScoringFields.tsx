import { NumberInput, SimpleGrid } from "@mantine/core";
import type { ReactElement } from "react";
import { PairRuleSelect } from "../pairs/PairRuleSelect.tsx";
import { ScorerInput } from "../scores/ScorerInput.tsx";
import { TemplateFields } from "../templates/TemplateFields.tsx";
import type { ExportChoice } from "./choices.ts";
import { optionsOf } from "./options.ts";

const NUMBERS = [
  { name: "threshold", label: "Threshold", description: "Minimum score that counts as good", step: 0.1 },
  { name: "margin", label: "Minimum margin", description: "Difference between the scores of a pair; equal scores are not paired", step: 0.1 },
  { name: "pairsPerGroup", label: "Pairs per group", description: "1 to 1,000; those with the largest margins", step: 1 },
] as const;

interface Props {
  value: ExportChoice;
  onChange: (part: Partial<ExportChoice>) => void;
  errors: Readonly<Record<string, string>>;
}

/** The fields of an export that set how completions are written, and how scores make labels and pairs of them. */
export function ScoringFields({ value, onChange, errors }: Props): ReactElement | null {
  const applies = optionsOf(value);
  if (!applies.scorer && !applies.template) {
    return null;
  }
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {applies.scorer && (
        <ScorerInput
          description={value.format === "STEPWISE" ? "Its scores of the steps" : "Its scores of whole traces"}
          value={value.scorer}
          error={errors["scorer"]}
          onChange={(scorer) => onChange({ scorer })}
        />
      )}
      {applies.pairRule && <PairRuleSelect value={value.pairRule} error={errors["pairRule"]} onChange={(pairRule) => onChange({ pairRule })} />}
      {NUMBERS.filter(({ name }) => applies[name]).map(({ name, ...labels }) => (
        <NumberInput
          key={name}
          {...labels}
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={value[name]}
          error={errors[name]}
          onChange={(next) => onChange({ [name]: next })}
        />
      ))}
      {applies.template && (
        <TemplateFields
          template={value.template}
          custom={value.customTemplate}
          onTemplate={(template) => onChange({ template })}
          onCustom={(customTemplate) => onChange({ customTemplate })}
          errors={{ template: errors["template"], customTemplate: errors["customTemplate"] }}
        />
      )}
    </SimpleGrid>
  );
}
