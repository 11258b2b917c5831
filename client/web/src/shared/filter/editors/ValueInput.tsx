import { NativeSelect, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { memberText } from "../../format/enums.ts";
import { parseNumber } from "../../format/numbers.ts";
import type { Json } from "../../json.ts";
import { type Operator, takesFlag, takesList, type ValueKind } from "../model/operators.ts";
import { jsonOf, jsonText, localTime, utcTime } from "../model/values.ts";
import { SuggestedInput } from "./SuggestedInput.tsx";

interface Props {
  kind: ValueKind;
  operator: Operator;
  value: Json;
  onChange: (value: Json) => void;
  members?: readonly string[] | undefined;
  suggested?: readonly string[] | undefined;
}

const WIDTH = 220;
const NOTHING: readonly string[] = [];
const isNumeric = (kind: ValueKind): boolean => kind === "whole" || kind === "number";

/** The input of a condition's value: a text, a number, a time, a member of an enum, yes or no, or a list of them. */
export function ValueInput(props: Props): ReactElement {
  const { kind, operator, value, onChange } = props;
  if (takesFlag(operator)) {
    return <Choice value={String(value)} members={["true", "false"]} onChange={(text) => onChange(text === "true")} />;
  }
  if (takesList(operator)) {
    return <ListInput {...props} />;
  }
  if (kind === "enum") {
    return <Choice value={String(value)} members={props.members ?? []} onChange={onChange} />;
  }
  if (kind === "time") {
    return (
      <TextInput
        type="datetime-local"
        step={1}
        aria-label="Value"
        w={WIDTH}
        data-autofocus
        value={localTime(String(value))}
        onChange={(event) => onChange(utcTime(event.currentTarget.value))}
      />
    );
  }
  if (isNumeric(kind)) {
    return <SingleNumber {...props} />;
  }
  return <SingleText {...props} />;
}

function SingleNumber({ kind, value, onChange }: Props): ReactElement {
  // The text that is being typed stays as it is: `0.` and `-` are the beginnings of numbers.
  const [text, setText] = useState<number | string>(typeof value === "number" ? value : "");
  const change = (next: number | string): void => {
    setText(next);
    onChange(parseNumber(next) ?? "");
  };
  return <NumberInput aria-label="Value" w={WIDTH} data-autofocus hideControls allowDecimal={kind === "number"} value={text} onChange={change} />;
}

function SingleText({ kind, value, onChange, suggested }: Props): ReactElement {
  const isMeta = kind === "meta";
  return (
    <SuggestedInput
      aria-label="Value"
      w={WIDTH}
      data-autofocus
      suggested={suggested ?? NOTHING}
      description={isMeta && value !== "" ? `${kindOf(value)} ${JSON.stringify(value)}` : undefined}
      inputWrapperOrder={["input", "description"]}
      // The text that is being typed stays as it is: `1.` is not yet a number.
      defaultValue={isMeta ? jsonText(value) : String(value)}
      onChange={(event) => onChange(isMeta ? jsonOf(event.currentTarget.value) : event.currentTarget.value)}
    />
  );
}

function ListInput({ kind, value, onChange, members, suggested }: Props): ReactElement {
  const values = Array.isArray(value) ? value : [];
  const parse = (text: string): Json[] => {
    if (isNumeric(kind)) {
      return Number.isFinite(Number(text)) ? [Number(text)] : [];
    }
    return [kind === "meta" ? jsonOf(text) : text];
  };
  return (
    <TagsInput
      aria-label="Values"
      w={WIDTH}
      data-autofocus
      placeholder={values.length === 0 ? "Enter after each" : undefined}
      acceptValueOnBlur
      data={[...(members ?? suggested ?? [])]}
      comboboxProps={{ withinPortal: false }}
      value={values.map(kind === "meta" ? jsonText : String)}
      onChange={(texts) => onChange(texts.flatMap(parse))}
    />
  );
}

interface ChoiceProps {
  value: string;
  members: readonly string[];
  onChange: (member: string) => void;
}

function Choice({ value, members, onChange }: ChoiceProps): ReactElement {
  const shown = members.map((member) => ({ value: member, label: memberText(member) }));
  return (
    <NativeSelect
      aria-label="Value"
      size="xs"
      w={WIDTH}
      data-autofocus
      data={shown}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function kindOf(value: Json): string {
  return value === null ? "the value" : Array.isArray(value) ? "the list" : typeof value === "string" ? "the text" : `the ${typeof value}`;
}
