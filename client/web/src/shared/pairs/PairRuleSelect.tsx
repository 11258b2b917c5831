import { Select } from "@mantine/core";
import type { ReactElement } from "react";
import type { PairRule } from "../../gql/graphql.ts";
import { PAIR_RULES, pairRuleNamed } from "./pairRules.ts";

interface Props {
  value: string;
  onChange: (rule: PairRule) => void;
  error: string | undefined;
}

/** Chooses the rule by which the answers to one prompt are paired. */
export function PairRuleSelect({ value, onChange, error }: Props): ReactElement {
  return (
    <Select
      label="Pairs"
      description={PAIR_RULES.find((rule) => rule.value === value)?.about}
      inputWrapperOrder={["label", "input", "description", "error"]}
      data={[...PAIR_RULES]}
      value={value}
      allowDeselect={false}
      error={error}
      onChange={(rule) => onChange(pairRuleNamed(rule))}
    />
  );
}
