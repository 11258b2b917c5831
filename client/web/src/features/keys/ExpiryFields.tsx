import { Group, NativeSelect, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import { type Expiry, LIFETIMES } from "./expiry.ts";

interface Props {
  value: Expiry;
  onChange: (value: Expiry) => void;
  /** The label of the choice without a time, such as "Never". */
  none: string;
  error?: string | undefined;
}

/** Chooses when a key expires. */
export function ExpiryFields({ value, onChange, none, error }: Props): ReactElement {
  const isDate = value.choice === "date";
  return (
    <Group align="flex-start" gap="sm">
      <NativeSelect
        label="Expires"
        w={220}
        data={[{ value: "", label: none }, ...LIFETIMES]}
        value={value.choice}
        onChange={(event) => onChange({ ...value, choice: event.currentTarget.value })}
        error={isDate ? undefined : error}
      />
      {isDate && (
        <TextInput
          type="datetime-local"
          label="Time"
          w={220}
          required
          withAsterisk={false}
          value={value.local}
          onChange={(event) => onChange({ ...value, local: event.currentTarget.value })}
          error={error}
        />
      )}
    </Group>
  );
}
