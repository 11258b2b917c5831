import type { Json } from "../../json.ts";

/**
 * Returns the JSON value of a text: a number, `true`, `false`, `null`, and what is quoted or in brackets
 * are themselves; anything else is a text.
 */
export function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Returns the text of a JSON value: `jsonOf(jsonText(value))` is the value. */
export function jsonText(value: Json): string {
  return typeof value === "string" && jsonOf(value) === value ? value : JSON.stringify(value);
}

/** Returns a time as an input of local time shows it. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) {
    return "";
  }
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** Returns the time that an input of local time shows, in UTC; empty if it shows none. */
export function utcTime(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString().replace(".000Z", "Z");
}
