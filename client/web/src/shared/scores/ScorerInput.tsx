import { Autocomplete } from "@mantine/core";
import type { ReactElement } from "react";
import { useScorersInUse } from "./useScorersInUse.ts";

interface Props {
  description: string;
  value: string;
  onChange: (scorer: string) => void;
  error: string | undefined;
}

/** Names the scorer whose stored scores are used: one of those that have some, or any other. */
export function ScorerInput({ description, value, onChange, error }: Props): ReactElement {
  const { names } = useScorersInUse();
  return (
    <Autocomplete
      label="Scorer"
      description={description}
      inputWrapperOrder={["label", "input", "description", "error"]}
      size="xs"
      data={[...(names ?? [])]}
      value={value}
      onChange={onChange}
      error={error}
      withAsterisk
      autoComplete="off"
      spellCheck={false}
    />
  );
}
