import { vi } from "vitest";

/**
 * Clears what a file of tests leaves in the environment that all files share: timers, stubs, storage, address, document, and
 * the modules of the application, which the next file evaluates again. Libraries stay in memory.
 */
export function clearEnvironment(): void {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, "", "/");
  // jsdom has no clipboard; one that is there is a test's.
  Reflect.deleteProperty(navigator, "clipboard");
  for (const element of [document.documentElement, document.head, document.body]) {
    for (const name of element.getAttributeNames()) {
      element.removeAttribute(name);
    }
  }
  document.head.replaceChildren();
  document.body.replaceChildren();
  vi.resetModules();
}
