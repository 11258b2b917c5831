import { expect, it, vi } from "vitest";
import { clearEnvironment } from "./clearing.ts";

it("leaves nothing of a file to the next", async () => {
  const before = await import("../shared/session/session.ts");
  const timeout = setTimeout;
  const address = location.href;
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", null);
  localStorage.setItem("one", "1");
  sessionStorage.setItem("two", "2");
  history.replaceState(null, "", "/runs?tab=logs");
  document.title = "Runs";
  document.head.append(document.createElement("style"));
  document.body.append("text");
  document.documentElement.setAttribute("data-mantine-color-scheme", "dark");
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: {} });

  clearEnvironment();

  expect(setTimeout).toBe(timeout);
  expect(WebSocket).not.toBeNull();
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  expect(location.href).toBe(address);
  expect(document.title).toBe("");
  expect(document.documentElement.outerHTML).toBe("<html><head></head><body></body></html>");
  expect(navigator).not.toHaveProperty("clipboard");
  expect(await import("../shared/session/session.ts")).not.toBe(before);
});
