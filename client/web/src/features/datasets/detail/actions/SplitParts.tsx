import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { whole } from "../../../../shared/format/numbers.ts";
import { type Part, partSizes } from "./parts.ts";

interface Props {
  parts: readonly Part[];
  onChange: (parts: readonly Part[]) => void;
  traceCount: number;
  max: number;
  errors: Readonly<Record<string, string>>;
}

/** The parts of a split, a line each: name, size, and about how many traces that is. */
export function SplitParts({ parts, onChange, traceCount, max, errors }: Props): ReactElement {
  const { sizes } = partSizes(parts, traceCount);
  const change = (row: number, part: Partial<Part>): void =>
    onChange(parts.map((each) => (each.row === row ? { ...each, ...part } : each)));
  const add = (): void => onChange([...parts, { row: 1 + Math.max(...parts.map(({ row }) => row)), name: "", unit: "percent", size: 10 }]);
  return (
    <Stack gap="xs">
      {parts.map((part, at) => (
        <Group key={part.row} gap="xs" align="flex-start" wrap="nowrap">
          <TextInput
            aria-label={`Name of part ${at + 1}`}
            placeholder="Name"
            value={part.name}
            style={{ flex: 1, minWidth: 72 }}
            error={errors[`parts.${at}.name`] ?? errors[`parts.${at}`]}
            onChange={(event) => change(part.row, { name: event.currentTarget.value })}
          />
          <NumberInput
            aria-label={`Size of part ${at + 1}`}
            value={part.size}
            min={0}
            w={88}
            error={errors[`parts.${at}.fraction`] ?? errors[`parts.${at}.count`]}
            onChange={(size) => change(part.row, { size })}
          />
          <Select
            aria-label={`Unit of part ${at + 1}`}
            data={[
              { value: "percent", label: "%" },
              { value: "count", label: "traces" },
            ]}
            value={part.unit}
            allowDeselect={false}
            w={84}
            onChange={(unit) => change(part.row, { unit: unit === "count" ? "count" : "percent" })}
          />
          <Text size="xs" c="dimmed" w={72} ta="end" lh="30px">
            {part.unit === "percent" && `≈ ${whole(sizes[at] ?? 0)}`}
          </Text>
          <ActionIcon
            size={30}
            aria-label={`Remove part ${at + 1}`}
            disabled={parts.length === 1}
            onClick={() => onChange(parts.filter(({ row }) => row !== part.row))}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button variant="subtle" leftSection={<IconPlus size={14} />} disabled={parts.length >= max} onClick={add}>
          Add a part
        </Button>
      </div>
    </Stack>
  );
}
