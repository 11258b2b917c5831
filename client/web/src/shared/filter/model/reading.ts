import type { Json } from "../../json.ts";

/** A filter as the schema takes it. */
export type Where = { [field: string]: Json };

/** Why a value is not a filter of its shape. */
export class NotAFilter extends Error {}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is Where {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is an object with a member. */
export function has(value: Json | undefined, key: string): boolean {
  return isObject(value) && key in value;
}

/** Returns an object as it is, and an empty one for anything else. */
export function object(value: Json | undefined): Where {
  return isObject(value) ? value : {};
}

/** Returns a list as it is; throws NotAFilter for anything else. */
export function list(value: Json, name: string): Json[] {
  if (!Array.isArray(value)) {
    throw new NotAFilter(`${name} must be a list.`);
  }
  return value;
}

/** Returns the members of an object that are not null; throws NotAFilter for anything else. */
export function members(value: Json, name: string): [string, Json][] {
  if (!isObject(value)) {
    throw new NotAFilter(`${name} must be an object of operators.`);
  }
  return Object.entries(value).filter(([, operand]) => operand !== null);
}

interface Typed {
  string: string;
  boolean: boolean;
}

/** Returns a value of a type; throws NotAFilter for one of another. */
export function requireType<Name extends keyof Typed>(value: Json, type: Name, name: string): Typed[Name] {
  if (typeof value !== type) {
    throw new NotAFilter(`${name} must be a ${type}.`);
  }
  return value as Typed[Name];
}
