import { JsonInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { Json } from "../../../shared/json.ts";
import { useUrlJson } from "../../../shared/url/useUrlState.ts";

type Where = Record<string, Json>;

const EVERYTHING: Where = {};

/** The filter of a new dataset as a part of the address (`where`). */
export function useWhere(): [Where, (where: Where) => void] {
  const [where, setWhere] = useUrlJson("where", isObject);
  return [where ?? EVERYTHING, (next) => setWhere(Object.keys(next).length === 0 ? null : next)];
}

function isObject(value: Json): value is Where {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

interface Props {
  where: Where;
  onChange: (where: Where) => void;
  error: string | undefined;
}

/** The filter as JSON. */
export function WhereField({ where, onChange, error }: Props): ReactElement {
  const [text, setText] = useState(JSON.stringify(where, null, 2));
  const [isWrong, setWrong] = useState(false);
  const change = (next: string): void => {
    setText(next);
    const value = parsed(next);
    setWrong(value === undefined);
    if (value !== undefined) {
      onChange(value);
    }
  };
  return (
    <JsonInput
      size="xs"
      label="Filter"
      autosize
      minRows={3}
      maxRows={20}
      value={text}
      error={isWrong ? "must be a JSON object, such as {\"source\": {\"eq\": \"gsm8k\"}}" : error}
      onChange={change}
    />
  );
}

function parsed(text: string): Where | undefined {
  try {
    const value = JSON.parse(text === "" ? "{}" : text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

