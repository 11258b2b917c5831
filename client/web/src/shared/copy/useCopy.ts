import { notifications } from "@mantine/notifications";
import { useCallback } from "react";

/** Returns a function that copies a text to the clipboard, and returns whether it could. */
export function useCopy(): (text: string, name: string) => Promise<void> {
  return useCallback(async (text, name) => {
    try {
      await navigator.clipboard.writeText(text);
      notifications.show({ message: `${name} copied`, color: "green", autoClose: 2000 });
    } catch {
      notifications.show({ message: `${name} could not be copied: the browser does not allow it`, color: "red" });
    }
  }, []);
}
