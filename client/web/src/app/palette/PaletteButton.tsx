import { Kbd, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import { useKeys } from "../../shared/keyboard/Keys.tsx";
import classes from "./PaletteButton.module.css";
import { useEarlyText } from "./useEarlyText.ts";

const Palette = lazy(() => import("./Palette.tsx").then((module) => ({ default: module.Palette })));

/** The button and the keys (Ctrl-K, Cmd-K) that open the command palette, which is loaded when it is first opened. */
export function PaletteButton(): ReactElement {
  const [text, setText] = useState("");
  const [isOpen, palette] = useDisclosure(false, { onOpen: () => setText("") });
  const keys = useMemo(() => [{ keys: "Mod+k", label: "Search or jump to", run: palette.open, inFields: true }], [palette]);
  useKeys("Anywhere", keys);
  useEarlyText(isOpen, setText);
  return (
    <>
      <UnstyledButton className={classes.button} onClick={palette.open} aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K">
        <IconSearch size={16} stroke={1.6} aria-hidden />
        <span className={classes.text}>Search or jump to…</span>
        <Kbd size="xs" className={classes.keys}>
          Ctrl K
        </Kbd>
      </UnstyledButton>
      {isOpen && (
        <Suspense fallback={null}>
          <Palette text={text} onText={setText} onClose={palette.close} />
        </Suspense>
      )}
    </>
  );
}
