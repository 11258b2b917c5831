import { createContext, type ReactElement, type ReactNode, useContext, useLayoutEffect, useState } from "react";
import { type KeyBinding, KeyDispatcher } from "./keys.ts";

const Context = createContext(new KeyDispatcher());

/** Listens to the keyboard for everything inside, from the moment at which it is shown. Dialogs keep their keys to themselves. */
export function KeysProvider({ children }: { children: ReactNode }): ReactElement {
  const [dispatcher] = useState(() => new KeyDispatcher());
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isInDialog = event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
      if (!isInDialog && dispatcher.dispatch(event)) {
        event.preventDefault();
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [dispatcher]);
  return <Context value={dispatcher}>{children}</Context>;
}

/** Binds keys while the component is shown: a key that follows what it shows is never lost, nor means what was shown before. */
export function useKeys(heading: string, bindings: readonly KeyBinding[]): void {
  const dispatcher = useContext(Context);
  useLayoutEffect(() => {
    const section = { heading, bindings };
    dispatcher.sections.add(section);
    return () => void dispatcher.sections.delete(section);
  }, [dispatcher, heading, bindings]);
}

/** The keys that are bound at the moment. */
export function useDispatcher(): KeyDispatcher {
  return useContext(Context);
}
