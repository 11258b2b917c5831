/** What the start form holds: texts by their path in `StartRunInput`, empty where nothing is given. */
export type FormValues = Record<string, string>;

/** Returns the text at a path, without space around it. */
export function textOf(values: FormValues, path: string): string {
  return (values[path] ?? "").trim();
}

/** Returns the text at a path; undefined if it is empty. */
export function optionalText(values: FormValues, path: string): string | undefined {
  return textOf(values, path) || undefined;
}

/** Returns the number at a path; undefined if it is empty. */
export function numberOf(values: FormValues, path: string): number | undefined {
  const text = textOf(values, path);
  return text === "" ? undefined : Number(text);
}

/** Whether pairs of answers are trained on. */
export function hasPairs(values: FormValues): boolean {
  return values["method"] === "DPO";
}

/** Whether adapters are trained in place of all weights. */
export function hasAdapters(values: FormValues): boolean {
  return values["method"] === "LORA" || (hasPairs(values) && values["lora"] === "ADAPTERS");
}

/** Whether the form shows a parameter, and sends it. */
export function isUsed(values: FormValues, path: string): boolean {
  if (path.startsWith("lora.")) {
    return hasAdapters(values);
  }
  return hasPairs(values) || !(path === "beta" || path.startsWith("preference."));
}
