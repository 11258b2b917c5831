import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Virtualizer } from "@tanstack/react-virtual";
import type { ReactElement, ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import type { Column } from "./columns.ts";
import { DataTable } from "./DataTable.tsx";
import { observeOffset, REST_MS } from "./scrolling.ts";

interface Sheep {
  id: string;
}

const COLUMNS: readonly Column<Sheep>[] = [{ id: "id", header: "Id", width: 200, cell: ({ id }) => id }];
const FLOCK = Array.from({ length: 1000 }, (_, index) => ({ id: `sheep ${index}` }));
const PAGES = { rows: FLOCK, total: 1000, hasMore: false, loadMore: () => {}, isStale: false, error: undefined };
const LAYOUT = { widths: {}, resize: () => {} };

function Plain({ of, children }: { of: Sheep; children: (row: Sheep) => ReactNode }): ReactNode {
  return children(of);
}

function Flock(): ReactElement {
  return <DataTable label="Flock" columns={COLUMNS} layout={LAYOUT} pages={PAGES} idOf={({ id }) => id} reader={Plain} />;
}

const rows = (): HTMLElement[] => screen.getAllByRole("row").slice(1);
const numbers = (): number[] => rows().map((row) => Number(row.getAttribute("aria-rowindex")) - 2);
const inOrder = (from: number): number[] => Array.from({ length: 41 }, (_, index) => from + index);

function scrollTo(offset: number): void {
  const grid = screen.getByRole("grid");
  grid.scrollTop = offset;
  fireEvent.scroll(grid);
}

it("keeps the elements of its rows in their place while it is scrolled, and orders them when it rests", async () => {
  renderPage(<Flock />);
  const elements = rows();
  expect(numbers()).toEqual(inOrder(0));

  for (const [offset, first] of [
    [34 * 20, 12],
    [34 * 40, 32],
    [34 * 25, 17],
  ] as const) {
    scrollTo(offset);
    expect(numbers().toSorted((a, b) => a - b)).toEqual(inOrder(first));
    expect(rows().every((row, index) => row === elements[index])).toBe(true);
  }
  expect(numbers()).not.toEqual(inOrder(17));
  await waitFor(() => expect(numbers()).toEqual(inOrder(17)));
  expect(new Set(rows())).toEqual(new Set(elements));

  scrollTo(34 * 1000);
  expect(numbers()).toEqual(expect.arrayContaining(inOrder(976).slice(0, 24)));
  await waitFor(() => expect(numbers()).toEqual(inOrder(959)));
});

it("begins at the first row in sight when it is walked by keys after it was scrolled", async () => {
  renderPage(<Flock />);
  scrollTo(34 * 200);
  await userEvent.keyboard("j");
  expect(document.querySelector('[data-active="true"]')).toHaveAttribute("aria-rowindex", "202");
  await userEvent.keyboard("j");
  expect(document.querySelector('[data-active="true"]')).toHaveAttribute("aria-rowindex", "203");
});

it("draws only the rows in sight again while none of them stays, and all of them when it is slower and at rest", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  renderPage(<Flock />);
  const pass = (row: number): number[] => {
    act(() => vi.advanceTimersByTime(101));
    scrollTo(34 * row);
    return numbers().toSorted((a, b) => a - b);
  };
  pass(100);
  expect(pass(102)).toEqual(inOrder(94));

  // 24 rows of 34 pixels are at least partly in sight of 800.
  const passing = pass(500);
  expect(passing.filter((index) => index >= 500 && index < 524)).toEqual(inOrder(500).slice(0, 24));
  expect(passing.filter((index) => index >= 524 || (index > 134 && index < 500))).toEqual([]);
  expect(pass(502)).toEqual(inOrder(494));

  expect(pass(800)).not.toEqual(inOrder(792));
  act(() => vi.advanceTimersByTime(REST_MS));
  expect(numbers()).toEqual(inOrder(792));
});

it("draws what passes within a frame a few times a second only, its end at once, and nothing after it has stopped", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const scrollElement = document.createElement("div");
  const options = { horizontal: false, isScrollingResetDelay: REST_MS, useScrollendEvent: false };
  const table = { scrollElement, targetWindow: globalThis, options, getTotalSize: () => 100_000 };
  const drawn: [number, boolean][] = [];
  const stop = observeOffset(table as unknown as Virtualizer<Element, Element>, (offset, isScrolling) => void drawn.push([offset, isScrolling]));
  const move = (offset: number, milliseconds = 16): void => {
    vi.advanceTimersByTime(milliseconds);
    scrollElement.scrollTop = offset;
    scrollElement.dispatchEvent(new Event("scroll"));
  };

  for (const offset of [10_000, 20_000, 20_799, 30_000, 40_000]) {
    move(offset);
  }
  expect(drawn.splice(0)).toEqual([[10_000, true], [20_799, true]]);
  for (const offset of [50_000, 60_000, 70_000, 80_000]) {
    move(offset, 30);
  }
  expect(drawn.splice(0)).toEqual([[70_000, true]]);
  vi.advanceTimersByTime(100);
  expect(drawn.splice(0)).toEqual([[80_000, true]]);
  vi.advanceTimersByTime(REST_MS);
  expect(drawn.splice(0)).toEqual([[80_000, false]]);
  for (const offset of [50_000, 60_000, 99_000]) {
    move(offset);
  }
  expect(drawn.splice(0)).toEqual([[50_000, true], [99_000, true]]);
  move(10_000);
  drawn.splice(0);
  (stop as () => void)();
  vi.advanceTimersByTime(REST_MS);
  expect(drawn).toEqual([]);
});

afterEach(() => void vi.useRealTimers());
