import { useKeys } from "../../../shared/keyboard/Keys.tsx";
import type { KeyBinding } from "../../../shared/keyboard/keys.ts";
import type { Item } from "../rubric/rubric.ts";

interface Actions {
  items: readonly Item[];
  current: Item | undefined;
  onAnswer: (value: number) => void;
  onSkip: () => void;
  onUndo: () => void;
  onComment: () => void;
  onChoose: (item: Item) => void;
}

/** Binds the keys of the queue. */
export function useReviewKeys(actions: Actions): void {
  useKeys("Review", bindingsOf(actions));
}

/** The keys of the rubric come first, so that it may use any. */
function bindingsOf(actions: Actions): KeyBinding[] {
  const { current, onAnswer, onSkip, onUndo, onComment } = actions;
  return [
    ...(current?.criterion.scale.choices ?? []).map(({ key, label, value }) => ({ keys: key, label, run: () => onAnswer(value) })),
    { keys: "s", label: "Skip", run: onSkip },
    { keys: "u", label: "Undo", run: onUndo },
    { keys: "Mod+z", label: "Undo", run: onUndo },
    { keys: "c", label: "Comment (Escape leaves the field)", run: onComment },
    ...adjacentKeys(actions),
  ];
}

/** The keys that go to the score before and after, of a trace that has several. */
function adjacentKeys({ items, current, onChoose }: Actions): KeyBinding[] {
  if (items.length < 2 || current === undefined) {
    return [];
  }
  const at = items.indexOf(current);
  const go = (by: number): void => {
    const item = items[at + by];
    if (item !== undefined) {
      onChoose(item);
    }
  };
  return [
    { keys: "j", label: "Next step or criterion", run: () => go(1) },
    { keys: "k", label: "Step or criterion before", run: () => go(-1) },
  ];
}
