import "@testing-library/jest-dom/vitest";
import { notifications } from "@mantine/notifications";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { clearEnvironment } from "./clearing.ts";
import { network } from "./network.ts";

configure({ asyncUtilTimeout: 10_000 });

// What Mantine and TanStack Virtual ask of a browser, and jsdom does not have.
class NoResizes implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

window.ResizeObserver ??= NoResizes;
window.matchMedia ??= (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => {},
  removeEventListener: () => {},
  addListener: () => {},
  removeListener: () => {},
  dispatchEvent: () => false,
});
Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });
HTMLElement.prototype.scrollIntoView ??= () => {};
Object.defineProperties(HTMLElement.prototype, {
  clientWidth: { configurable: true, get: () => 1200 },
  clientHeight: { configurable: true, get: () => 800 },
  offsetWidth: { configurable: true, get: () => 1200 },
  offsetHeight: { configurable: true, get: () => 800 },
});

beforeAll(() => network.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  notifications.cleanQueue();
  notifications.clean();
  network.resetHandlers();
});
// All files of tests run in one environment, whose libraries stay in memory.
afterAll(() => {
  network.close();
  clearEnvironment();
});
