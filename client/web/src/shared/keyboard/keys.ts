/** A key's action on the open page. */
export interface KeyBinding {
  /** The key as `KeyboardEvent.key` names it, with `Mod+` for Ctrl or Cmd; two of them with a space are a sequence. */
  keys: string;
  label: string;
  run: () => void;
  /** Whether it works while a text field has the focus. */
  inFields?: boolean;
}

/** Keys of one part of the page, under the heading by which the list of keys shows them. */
export interface KeySection {
  heading: string;
  bindings: readonly KeyBinding[];
}

/** Time within which the second key of a sequence has to follow. */
const SEQUENCE_MS = 1000;

/** Returns an event's name as bindings spell it. With Alt, Ctrl helps to write the character: AltGr may be both. */
export function keyName(event: KeyboardEvent): string {
  const isMod = (event.ctrlKey || event.metaKey) && !holdsAlt(event);
  return isMod ? `Mod+${event.key.toLowerCase()}` : event.key;
}

function holdsAlt(event: KeyboardEvent): boolean {
  return event.altKey || event.getModifierState("AltGraph");
}

/** Whether a key is a sign, for which many keyboards need AltGr or Option, as they do for `[`. */
function isSign({ key }: KeyboardEvent): boolean {
  return /^[^\p{L}\p{N}\s]$/u.test(key);
}

/** Whether an event's target takes text. */
export function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.role === "textbox") &&
    !(target instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(target.type))
  );
}

/** Finds the action of a key, and remembers the first key of a sequence. The newest binding takes precedence. */
export class KeyDispatcher {
  readonly sections = new Set<KeySection>();
  #first = "";
  #at = 0;

  /** Runs the action that an event is bound to; returns whether it was bound. */
  dispatch(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || (event.altKey && !isSign(event))) {
      return false;
    }
    const name = keyName(event);
    const sequence = event.timeStamp - this.#at < SEQUENCE_MS ? `${this.#first} ${name}` : "";
    const bound = this.#find(sequence, event) ?? this.#find(name, event);
    this.#first = bound === undefined && !takesText(event.target) ? name : "";
    this.#at = event.timeStamp;
    bound?.run();
    return bound !== undefined;
  }

  #find(keys: string, event: KeyboardEvent): KeyBinding | undefined {
    const found = [...this.sections].toReversed().flatMap((section) => section.bindings.filter((each) => each.keys === keys));
    return found.find((each) => each.inFields === true || !takesText(event.target));
  }
}
