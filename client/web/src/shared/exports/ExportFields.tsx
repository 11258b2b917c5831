import { Select, SimpleGrid, Stack, Switch, Textarea } from "@mantine/core";
import type { ReactElement } from "react";
import { CONTAINERS, type ExportChoice, FORMATS, optionsOf } from "./choices.ts";

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
      <Options value={value} onChange={change} errors={errors} />
    </Stack>
  );
}

interface OptionProps {
  value: ExportChoice;
  onChange: (part: Partial<ExportChoice>) => void;
  errors: Readonly<Record<string, string>>;
}

function Options({ value, onChange, errors }: OptionProps): ReactElement {
  const applies = optionsOf(value);
  return (
    <>
      {applies.controlTokens && (
        <Switch
          label="Keep control tokens"
          description="Gemma's control tokens in the text of traces stay as they are. For text that you trust."
          checked={value.keepControlTokens}
          error={errors["keepControlTokens"]}
          onChange={(event) => onChange({ keepControlTokens: event.currentTarget.checked })}
        />
      )}
      {applies.roundTrip && (
        <Switch
          label="Round trip"
          description="The metadata keep what the format has no field for, so that an import restores equal traces."
          checked={value.roundTrip}
          error={errors["roundTrip"]}
          onChange={(event) => onChange({ roundTrip: event.currentTarget.checked })}
        />
      )}
      {applies.formulas && (
        <Switch
          label="Escape formulas"
          description="An apostrophe goes before cells that a spreadsheet would evaluate."
          checked={value.escapeFormulas}
          error={errors["escapeFormulas"]}
          onChange={(event) => onChange({ escapeFormulas: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
