import { NumberInput, SimpleGrid } from "@mantine/core";
import type { ReactElement } from "react";
import type { Numbers } from "./numbers.ts";

interface Props {
  numbers: Numbers;
  onChange: (numbers: Numbers) => void;
  /** Whether a candidate is a model that answers first. */
  isAnswering: boolean;
  errors: Readonly<Record<string, string>>;
}

const ORDER: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

/** The numbers of an evaluation: those of answers, and the seed. */
export function NumberFields({ numbers, onChange, isAnswering, errors }: Props): ReactElement {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} verticalSpacing="md">
      <NumberInput
        label="Answers per prompt"
        inputWrapperOrder={ORDER}
        description="Maximum number that counts, the newest first, 64 by default; the number of new ones, 1 by default."
        min={1}
        max={64}
        value={numbers.samples}
        onChange={(samples) => onChange({ ...numbers, samples })}
        error={errors["samplesPerPrompt"]}
      />
      <NumberInput
        label="Seed"
        inputWrapperOrder={ORDER}
        description="Of the intervals and of new answers."
        placeholder="0"
        min={0}
        value={numbers.seed}
        onChange={(seed) => onChange({ ...numbers, seed })}
        error={errors["seed"]}
      />
      {isAnswering && (
        <NumberInput
          label="Maximum new tokens"
          inputWrapperOrder={ORDER}
          description="Of each new answer."
          placeholder="512"
          min={1}
          max={8192}
          value={numbers.maxNewTokens}
          onChange={(maxNewTokens) => onChange({ ...numbers, maxNewTokens })}
          error={errors["sampling"]}
        />
      )}
    </SimpleGrid>
  );
}
