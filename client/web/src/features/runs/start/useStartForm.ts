import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useState } from "react";
import type { UserError } from "../../../shared/feedback/errors.ts";
import { type FieldErrors, fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { useUrlJson } from "../../../shared/url/useUrlState.ts";
import { valueErrors } from "./errors.ts";
import type { FormValues } from "./texts.ts";
import { changedValues, initialValues, isFormValues } from "./values.ts";

const FIELDS = Object.keys(initialValues());
const URL_PAUSE_MS = 300;

/** The state of the start form; what differs from its first values is in the address. */
export interface StartFormState {
  values: FormValues;
  set: (path: string, text: string) => void;
  /** The error to show beside a field; undefined if it is valid. */
  errorOf: (path: string) => string | undefined;
  /** Whether the values can be sent; shows every error from then on. */
  validate: () => boolean;
  /** Shows a payload's errors beside the fields that they name. */
  refuse: (errors: readonly UserError[]) => void;
  /** The errors of the last payload that name no field of the form. */
  rest: readonly UserError[];
  /** The number of times that errors were found; each time the first field with one takes the focus. */
  failures: number;
}

/** Holds the values of the form, which starts with `base` and what the address changes of it. */
export function useStartForm(base: FormValues): StartFormState {
  const [changed, setChanged] = useUrlJson("set", isFormValues);
  const [values, setValues] = useState<FormValues>({ ...base, ...changed });
  const [refused, setRefused] = useState<FieldErrors>(NO_ERRORS);
  const [isValidated, setValidated] = useState(false);
  const [failures, setFailures] = useState(0);
  const remember = useDebouncedCallback((next: FormValues) => setChanged(changedValues(next, base)), URL_PAUSE_MS);

  const set = useCallback(
    (path: string, text: string) => {
      const next = { ...values, [path]: text };
      setValues(next);
      setRefused(({ fields }) => ({ fields: { ...fields, [path]: "" }, rest: [] }));
      remember(next);
    },
    [values, remember],
  );
  const errors = valueErrors(values);
  const errorOf = (path: string): string | undefined => {
    const isTouched = isValidated || values[path] !== base[path];
    return (isTouched ? errors[path] : undefined) ?? (refused.fields[path] || undefined);
  };
  const validate = (): boolean => {
    const isValid = Object.keys(errors).length === 0;
    setValidated(true);
    setFailures((count) => (isValid ? count : count + 1));
    return isValid;
  };
  const refuse = useCallback((found: readonly UserError[]) => {
    setRefused(fieldErrors(found, FIELDS));
    setFailures((count) => (found.length === 0 ? count : count + 1));
  }, []);
  return { values, set, errorOf, validate, refuse, rest: refused.rest, failures };
}

interface Field {
  value: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

/** Returns the properties that bind an input to a path of the form. */
export function field(form: StartFormState, path: string): Field {
  return { value: form.values[path] ?? "", error: form.errorOf(path), onChange: (text) => form.set(path, text) };
}
