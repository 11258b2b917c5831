import { Select } from "@mantine/core";
import type { ReactElement } from "react";

interface Props {
  names: readonly string[];
  value: string | null;
  onChange: (scorer: string | null) => void;
}

/** Chooses the scorer whose scores grade the traces. */
export function ScorerSelect({ names, value, onChange }: Props): ReactElement {
  const data = value === null || names.includes(value) ? names : [value, ...names];
  return <Select aria-label="Graded by" leftSectionWidth={72} leftSection={<span style={{ fontSize: "var(--mantine-font-size-xs)", color: "var(--mantine-color-dimmed)" }}>Graded by</span>} data={[...data]} value={value} onChange={onChange} allowDeselect={false} placeholder="no scorer" w={240} searchable />;
}
