import { CombinedGraphQLErrors, ServerError, ServerParseError } from "@apollo/client/errors";

/** An error as the pages show it. */
export interface ShownError {
  /** The schema's code, such as `BAD_USER_INPUT`. */
  code: string;
  message: string;
  /** The input field it is about, such as `input.where.meta.0.path`; empty if it is about none. */
  field: string;
  /** The request's id in the server's log; undefined if no server answered. */
  requestId?: string | undefined;
}

/** An error of a payload's `errors`: one that the user can correct. */
export interface UserError {
  code: string;
  message: string;
  path?: readonly (string | number)[] | null;
}

/** Returns the errors to show for a refused request. */
export function shownErrors(error: unknown): ShownError[] {
  if (CombinedGraphQLErrors.is(error)) {
    return error.errors.map(({ message, path, extensions }) => ({
      code: text(extensions?.["code"]) ?? "INTERNAL",
      message,
      field: fieldOf(isPath(extensions?.["argumentPath"]) ? extensions["argumentPath"] : path),
      requestId: text(extensions?.["requestId"]),
    }));
  }
  if (ServerError.is(error)) {
    return [{ code: `HTTP ${error.statusCode}`, message: `The server answered with status ${error.statusCode}.`, field: "" }];
  }
  if (ServerParseError.is(error)) {
    const message = "The answer is not from the server's GraphQL API; a proxy may have sent it.";
    return [{ code: `HTTP ${error.statusCode}`, message, field: "" }];
  }
  if (isUnreachable(error)) {
    return [{ code: "UNAVAILABLE", message: "The server cannot be reached.", field: "" }];
  }
  return [{ code: "INTERNAL", message: error instanceof Error ? error.message : String(error), field: "" }];
}

/** Returns the errors to show for a payload's errors. */
export function shownUserErrors(errors: readonly UserError[]): ShownError[] {
  return errors.map(({ code, message, path }) => ({ code, message, field: fieldOf(path) }));
}

/** Whether no server answered at all: browsers throw a TypeError for that. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError;
}

function fieldOf(path: readonly (string | number)[] | null | undefined): string {
  return (path ?? []).join(".");
}

/** Whether an error names the argument that it is about. */
function isPath(value: unknown): value is readonly (string | number)[] {
  return Array.isArray(value) && value.length > 0;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
