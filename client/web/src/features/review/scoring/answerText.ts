import { short } from "../../../shared/format/numbers.ts";
import type { Answer } from "../queue/sitting.ts";
import type { Item } from "../rubric/rubric.ts";

/** Returns a given score in the words of its choice, or as a number. */
export function answerText({ criterion }: Item, { value }: Answer): string {
  return criterion.scale.choices.find((choice) => choice.value === value)?.label ?? short(value);
}
