const TEXTS: Readonly<Record<string, string>> = { LORA: "LoRA", true: "Yes", false: "No" };

/** Returns a member of an enum, or a truth value, as people write it: the method `LORA` is called LoRA. */
export function memberText(member: string): string {
  return TEXTS[member] ?? member;
}
