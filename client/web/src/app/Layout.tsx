import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useEffect, useMemo, useRef } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";
import { KeysProvider, useKeys } from "../shared/keyboard/Keys.tsx";
import { PageQueryProvider } from "../shared/query/PageQuery.tsx";
import classes from "./Layout.module.css";
import { Sidebar } from "./Sidebar.tsx";
import { SignInGate } from "./signIn/SignInGate.tsx";
import { TopBar } from "./TopBar.tsx";
import { useShownPages } from "./useShownPages.ts";

/** The frame of every page: sidebar, top bar, and the page itself. */
export function Layout(): ReactElement {
  return (
    <SignInGate>
      <KeysProvider>
        <PageQueryProvider>
          <Frame />
        </PageQueryProvider>
      </KeysProvider>
    </SignInGate>
  );
}

function Frame(): ReactElement {
  const [isOpen, sidebar] = useDisclosure(false);
  const navigate = useNavigate();
  const pages = useShownPages();
  const keys = useMemo(
    () => pages.map(({ key, label, path }) => ({ keys: `g ${key}`, label, run: () => void navigate(path) })),
    [pages, navigate],
  );
  useKeys("Go to", keys);
  useFocusOnPage();
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#page">
        Skip to the page
      </a>
      <Sidebar isOpen={isOpen} onClose={sidebar.close} />
      <div className={classes.column}>
        <TopBar onMenu={sidebar.toggle} isMenuOpen={isOpen} />
        <main id="page" className={classes.page} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}

/** Moves the focus to a page that opens, unless something has it: keys scroll the page, and Tab goes to its first element. */
function useFocusOnPage(): void {
  const { pathname } = useLocation();
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (shown.current !== pathname && document.activeElement === document.body) {
      document.getElementById("page")?.focus({ preventScroll: true });
    }
    shown.current = pathname;
  }, [pathname]);
}
