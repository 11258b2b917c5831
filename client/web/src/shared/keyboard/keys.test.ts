import { describe, expect, it, vi } from "vitest";
import { KeyDispatcher } from "./keys.ts";

function press(key: string, options: KeyboardEventInit & { target?: HTMLElement } = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, ...options });
  (options.target ?? document.body).dispatchEvent(event);
  return event;
}

describe("KeyDispatcher", () => {
  it("runs a key, a key with Ctrl, and a sequence of two keys", () => {
    const dispatcher = new KeyDispatcher();
    const [row, palette, traces, single] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
    const bindings = [
      { keys: "j", label: "Next", run: row },
      { keys: "Mod+k", label: "Search", run: palette, inFields: true },
      { keys: "g t", label: "Traces", run: traces },
      { keys: "t", label: "Tag", run: single },
    ];
    dispatcher.sections.add({ heading: "All", bindings });

    expect(dispatcher.dispatch(press("j"))).toBe(true);
    expect(dispatcher.dispatch(press("K", { ctrlKey: true }))).toBe(true);
    expect(dispatcher.dispatch(press("g"))).toBe(false);
    expect(dispatcher.dispatch(press("t"))).toBe(true);

    expect([row, palette, traces, single].map((run) => run.mock.calls.length)).toEqual([1, 1, 1, 0]);
  });

  it("leaves text fields alone, unless a binding applies to them", () => {
    const dispatcher = new KeyDispatcher();
    const [row, palette] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const bindings = [
      { keys: "j", label: "Next", run: row },
      { keys: "Mod+k", label: "Search", run: palette, inFields: true },
    ];
    dispatcher.sections.add({ heading: "All", bindings });
    const target = document.body.appendChild(document.createElement("input"));

    dispatcher.dispatch(press("j", { target }));
    dispatcher.dispatch(press("k", { target, ctrlKey: true }));

    expect([row.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1]);
  });

  it("takes signs that are written with AltGr or Option, but no other key with Alt", () => {
    const dispatcher = new KeyDispatcher();
    const [before, row, palette] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
    const bindings = [
      { keys: "[", label: "Previous", run: before },
      { keys: "j", label: "Next", run: row },
      { keys: "Mod+k", label: "Search", run: palette },
    ];
    dispatcher.sections.add({ heading: "Trace", bindings });

    for (const held of [{ altKey: true, ctrlKey: true }, { altKey: true }, { modifierAltGraph: true }, { modifierAltGraph: true, ctrlKey: true }]) {
      expect(dispatcher.dispatch(press("[", held))).toBe(true);
    }
    for (const held of [{ altKey: true }, { altKey: true, ctrlKey: true }]) {
      expect(dispatcher.dispatch(press("j", held))).toBe(false);
      expect(dispatcher.dispatch(press("k", held))).toBe(false);
    }
    expect(dispatcher.dispatch(press("[", { ctrlKey: true }))).toBe(false);

    expect([before, row, palette].map((run) => run.mock.calls.length)).toEqual([4, 0, 0]);
  });

  it("prefers what was bound last", () => {
    const dispatcher = new KeyDispatcher();
    const [page, panel] = [vi.fn<() => void>(), vi.fn<() => void>()];
    dispatcher.sections.add({ heading: "Page", bindings: [{ keys: "x", label: "Select", run: page }] });
    dispatcher.sections.add({ heading: "Panel", bindings: [{ keys: "x", label: "Expand", run: panel }] });

    dispatcher.dispatch(press("x"));

    expect([page.mock.calls.length, panel.mock.calls.length]).toEqual([0, 1]);
  });
});
