import { notifications } from "@mantine/notifications";
import { type ShownError, shownErrors, shownUserErrors, type UserError } from "./errors.ts";

interface Result<Data> {
  data?: Data | undefined;
}

/** The result of a mutation: its payload, or why it was refused. */
interface Outcome<Payload> {
  payload: Payload | undefined;
  errors: readonly ShownError[];
}

/** Waits for a mutation, and returns its payload or the errors to show. */
export async function outcomeOf<Data, Payload extends { errors: readonly UserError[] }>(
  result: Promise<Result<Data>>,
  payloadOf: (data: Data) => Payload,
): Promise<Outcome<Payload>> {
  try {
    const { data } = await result;
    const payload = data === undefined ? undefined : payloadOf(data);
    const errors = shownUserErrors(payload?.errors ?? []);
    return { payload: errors.length === 0 ? payload : undefined, errors };
  } catch (error) {
    return { payload: undefined, errors: shownErrors(error) };
  }
}

/** Waits for a mutation without a form: shows why it was refused, or returns its payload. */
export async function settle<Data, Payload extends { errors: readonly UserError[] }>(
  title: string,
  result: Promise<Result<Data>>,
  payloadOf: (data: Data) => Payload,
): Promise<Payload | undefined> {
  const { payload, errors } = await outcomeOf(result, payloadOf);
  notifyErrors(title, errors);
  return payload;
}

/** Shows errors that belong beside nothing on the page. */
export function notifyErrors(title: string, errors: readonly ShownError[]): void {
  for (const { code, message, requestId } of errors) {
    const request = requestId === undefined ? "" : `, request ${requestId}`;
    notifications.show({ color: "red", title, message: `${message} (${code}${request})`, autoClose: 10_000 });
  }
}

/** Shows the warnings of a mutation for a while, since they are shown only once. */
export function notifyWarnings(warnings: readonly string[]): void {
  for (const message of warnings) {
    notifications.show({ color: "orange", title: "Warning", message, autoClose: 20_000 });
  }
}
