import { ActionIcon, Burger, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconMoon, IconSun } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { KeyListButton } from "../shared/keyboard/KeyList.tsx";
import { ShowQueryLink } from "../shared/query/PageQuery.tsx";
import classes from "./Layout.module.css";
import { PaletteButton } from "./palette/PaletteButton.tsx";
import { SignedIn } from "./signIn/SignedIn.tsx";

/** The bar above every page: menu, command palette, the page's query, keys, colour scheme, and who is signed in. */
export function TopBar({ onMenu, isMenuOpen }: { onMenu: () => void; isMenuOpen: boolean }): ReactElement {
  return (
    <header className={classes.bar}>
      <Burger opened={isMenuOpen} onClick={onMenu} hiddenFrom="xs" size="sm" aria-label="Menu" aria-controls="sidebar" />
      <PaletteButton />
      <div style={{ flex: 1 }} />
      <ShowQueryLink />
      <KeyListButton icon={<IconKeyboard size={18} stroke={1.6} />} />
      <SchemeButton />
      <SignedIn />
    </header>
  );
}

function SchemeButton(): ReactElement {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const label = `Use ${other} colours`;
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={() => setColorScheme(other)}>
        {scheme === "dark" ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}
