import { Select, SimpleGrid, Stack, Textarea } from "@mantine/core";
import type { ReactElement } from "react";
import { CONTAINERS, type ExportChoice, FORMATS } from "./choices.ts";
import { ExportSwitches } from "./ExportSwitches.tsx";
import { optionsOf } from "./options.ts";
import { ScoringFields } from "./ScoringFields.tsx";

interface Props {
  value: ExportChoice;
  onChange: (value: ExportChoice) => void;
  /** The message beside each field that was refused. */
  errors: Readonly<Record<string, string>>;
}

/** The fields of the form that starts an export: format, container, and the options that they have. */
export function ExportFields({ value, onChange, errors }: Props): ReactElement {
  const change = (part: Partial<ExportChoice>): void => onChange({ ...value, ...part });
  const applies = optionsOf(value);
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label="Format of the records"
          description={FORMATS.find((each) => each.value === value.format)?.about}
          inputWrapperOrder={["label", "input", "description", "error"]}
          data={[...FORMATS]}
          value={value.format}
          allowDeselect={false}
          error={errors["format"]}
          onChange={(format) => format !== null && change({ format })}
        />
        <Select
          label="Format of the file"
          description={CONTAINERS.find((each) => each.value === value.container)?.about}
          inputWrapperOrder={["label", "input", "description", "error"]}
          data={[...CONTAINERS]}
          value={value.container}
          allowDeselect={false}
          error={errors["container"]}
          onChange={(container) => container !== null && change({ container })}
        />
      </SimpleGrid>
      <ScoringFields value={value} onChange={change} errors={errors} />
      {applies.systemInstruction && (
        <Textarea
          label="System instruction"
          placeholder="None"
          autosize
          minRows={1}
          maxRows={6}
          value={value.systemInstruction}
          error={errors["systemInstruction"]}
          onChange={(event) => change({ systemInstruction: event.currentTarget.value })}
        />
      )}
      <ExportSwitches value={value} onChange={change} errors={errors} />
    </Stack>
  );
}
