import { type MouseEvent, useCallback } from "react";
import { useNavigate } from "react-router";

/** Opens a row's page by a click anywhere in it, or in another tab with Ctrl, Cmd or the middle button. */
export function useOpening(): (link: string, event: MouseEvent<HTMLElement>) => void {
  const navigate = useNavigate();
  return useCallback(
    (link, event) => {
      const { target } = event;
      const isOnControl = target instanceof Element && target.closest("button, input, label, select") !== null;
      const anchor = target instanceof Element ? target.closest("a") : null;
      const isOtherTab = event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey;
      // The browser itself opens links in tabs and windows, and others than the row's.
      const isBrowsers = anchor !== null && (isOtherTab || anchor.getAttribute("href") !== link);
      if (isOnControl || isBrowsers || event.button > 1 || getSelection()?.type === "Range") {
        return;
      }
      event.preventDefault();
      if (isOtherTab) {
        window.open(link, "_blank", "noopener");
      } else {
        void navigate(link);
      }
    },
    [navigate],
  );
}
