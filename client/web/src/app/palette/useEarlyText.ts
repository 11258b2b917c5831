import { type Dispatch, type SetStateAction, useEffect } from "react";

/** Takes what is typed before a dialog that is being opened has the focus, where it would otherwise be keys of the page. */
export function useEarlyText(isOpen: boolean, setText: Dispatch<SetStateAction<string>>): void {
  useEffect(() => {
    const take = (event: KeyboardEvent): void => {
      const isInDialog = event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
      if (!isInDialog && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        event.stopImmediatePropagation();
        setText((text) => text + event.key);
      }
    };
    if (isOpen) {
      window.addEventListener("keydown", take, { capture: true });
    }
    return () => window.removeEventListener("keydown", take, { capture: true });
  }, [isOpen, setText]);
}
