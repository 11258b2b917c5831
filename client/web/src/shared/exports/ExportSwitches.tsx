import { Switch } from "@mantine/core";
import type { ReactElement } from "react";
import type { ExportChoice } from "./choices.ts";
import { optionsOf } from "./options.ts";

const SWITCHES = [
  {
    name: "conversational",
    label: "Messages",
    description: "Prompts and completions are lists of messages in place of texts.",
  },
  {
    name: "includeScores",
    label: "Include scores",
    description: "The metadata includes the latest scores of the trace and of its steps.",
  },
  {
    name: "keepControlTokens",
    label: "Keep control tokens",
    description: "Gemma's control tokens in the text of traces stay as they are. For text that you trust.",
  },
  {
    name: "roundTrip",
    label: "Round trip",
    description: "The metadata stores what the format has no field for, so that an import restores equal traces.",
  },
  {
    name: "escapeFormulas",
    label: "Escape formulas",
    description: "An apostrophe goes before cells that a spreadsheet would evaluate.",
  },
] as const;

interface Props {
  value: ExportChoice;
  onChange: (part: Partial<ExportChoice>) => void;
  errors: Readonly<Record<string, string>>;
}

/** The options of an export that are on or off. */
export function ExportSwitches({ value, onChange, errors }: Props): ReactElement {
  const applies = optionsOf(value);
  return (
    <>
      {SWITCHES.filter(({ name }) => applies[name]).map(({ name, ...labels }) => (
        <Switch
          key={name}
          {...labels}
          checked={value[name]}
          error={errors[name]}
          onChange={(event) => onChange(changesOf(name, event.currentTarget.checked))}
        />
      ))}
    </>
  );
}

/** Returns what changes with a switch: scores and a round trip exclude each other. */
function changesOf(name: (typeof SWITCHES)[number]["name"], isOn: boolean): Partial<ExportChoice> {
  const other = name === "includeScores" ? { roundTrip: false } : name === "roundTrip" ? { includeScores: false } : {};
  return { [name]: isOn, ...(isOn ? other : {}) };
}
