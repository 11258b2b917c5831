import type { UserError } from "./errors.ts";

/** Errors of a payload, divided by whether they can be shown beside a field. */
export interface FieldErrors {
  /** The message for each field of the form that has an error, by its path below `input`. */
  fields: Readonly<Record<string, string>>;
  /** The errors of no field that is shown. */
  rest: readonly UserError[];
}

export const NO_ERRORS: FieldErrors = { fields: {}, rest: [] };

/** Divides the errors of a payload; `shown` are the paths of a form's fields, such as `name` or `parts.0.fraction`. */
export function fieldErrors(errors: readonly UserError[], shown: readonly string[]): FieldErrors {
  const placed = errors.map((error) => ({ error, field: closestField(error, shown) }));
  const beside = placed.flatMap(({ error, field }) => (field === undefined ? [] : [[field, error.message] as const]));
  return {
    fields: Object.fromEntries(beside.toReversed()),
    rest: placed.flatMap(({ error, field }) => (field === undefined ? [error] : [])),
  };
}

/** The field that an error is about, or the one that has its value inside: `where` for `where.meta.0.path`. */
function closestField({ path }: UserError, shown: readonly string[]): string | undefined {
  const below = (path ?? []).slice(1).map(String);
  const paths = below.map((_, index) => below.slice(0, below.length - index).join("."));
  return paths.find((candidate) => shown.includes(candidate));
}
