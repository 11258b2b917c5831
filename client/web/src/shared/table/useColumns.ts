import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useEffect, useMemo } from "react";
import { useUrlText } from "../url/useUrlState.ts";
import { NARROWEST, WIDEST, type Widths } from "./columns.ts";

export interface ColumnLayout {
  /** The ids of the columns that are shown, in order. */
  shown: readonly string[];
  /** Shows other columns; null shows the ones of the start. */
  show: (ids: readonly string[] | null) => void;
  widths: Widths;
  /** Gives a column a width; null gives it back its own. */
  resize: (id: string, width: number | null) => void;
}

/**
 * The columns that a table shows and their widths: those of the URL (`columns`), or else those last chosen in this browser,
 * which are then written into the URL, so that a link and a saved view have them.
 */
export function useColumns(table: string, initial: readonly string[]): ColumnLayout {
  const [address, setAddress] = useUrlText("columns");
  const [stored, setStored] = useLocalStorage<string[] | null>({
    key: `tunix-rt.columns.${table}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  const [widths, setWidths] = useLocalStorage<Widths>({
    key: `tunix-rt.widths.${table}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const shown = useMemo(() => address?.split(",") ?? stored ?? initial, [address, stored, initial]);
  useEffect(() => {
    if (address === null && stored !== null) {
      setAddress(stored.join(","));
    }
  }, [address, stored, setAddress]);
  const show = useCallback(
    (ids: readonly string[] | null) => {
      setStored(ids === null ? null : [...ids]);
      setAddress(ids === null ? null : ids.join(","));
    },
    [setStored, setAddress],
  );
  const resize = useCallback(
    (id: string, width: number | null) =>
      setWidths((current) => {
        const others = Object.fromEntries(Object.entries(current).filter(([key]) => key !== id));
        return width === null ? others : { ...others, [id]: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) };
      }),
    [setWidths],
  );
  return { shown, show, widths, resize };
}
