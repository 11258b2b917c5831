import { useMemo } from "react";
import { useViewer } from "../shared/session/viewer.ts";
import { type Page, PAGES } from "./pages.ts";

/** Returns the pages that this browser may open; those for administrators once it is known to be one's. */
export function useShownPages(): readonly Page[] {
  const isAdmin = useViewer()?.scopes.includes("ADMIN") ?? false;
  return useMemo(() => PAGES.filter(({ isForAdmins }) => isAdmin || isForAdmins !== true), [isAdmin]);
}
