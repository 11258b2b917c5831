import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, type ReactNode, useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { ColumnChooser } from "./ColumnChooser.tsx";
import type { Column } from "./columns.ts";
import { DataTable } from "./DataTable.tsx";
import { useUrlOrder } from "./order.ts";
import { TableFooter } from "./TableFooter.tsx";
import { useColumns } from "./useColumns.ts";
import { useSelection } from "./useSelection.ts";

interface Fruit {
  id: string;
  name: string;
  weight: number;
}

const COLUMNS: readonly Column<Fruit>[] = [
  { id: "name", header: "Name", width: 200, grows: true, orderField: "NAME", cell: (row) => row.name },
  { id: "weight", header: "Weight", width: 90, align: "end", orderField: "WEIGHT", cell: (row) => row.weight },
  { id: "note", header: "Note", width: 90, cell: (row) => `about ${row.name}` },
];
const INITIAL = ["name", "weight"];
const FIELDS = ["NAME", "WEIGHT"] as const;

function fruits(count: number): Fruit[] {
  return Array.from({ length: count }, (_, index) => ({ id: `id-${index}`, name: `fruit ${index}`, weight: index * 10 }));
}

function Plain({ of, children }: { of: Fruit; children: (row: Fruit) => ReactNode }): ReactNode {
  return children(of);
}

function Fruits({ onEndReached = ignore, count = 60, error }: { onEndReached?: () => void; count?: number; error?: Error }): ReactElement {
  const layout = useColumns("fruits", INITIAL);
  const selection = useSelection();
  const [order, setOrder] = useUrlOrder(FIELDS);
  const [rows, setRows] = useState(() => fruits(count));
  return (
    <>
      <ColumnChooser columns={COLUMNS} shown={layout.shown} onShow={layout.show} />
      <DataTable
        label="Fruits"
        columns={COLUMNS.filter(({ id }) => layout.shown.includes(id))}
        layout={layout}
        pages={{ rows, total: 1234, hasMore: true, loadMore: onEndReached, isStale: false, error }}
        idOf={(row) => row.id}
        reader={Plain}
        linkOf={(row) => `/fruits/${row.id}`}
        order={order}
        onOrder={setOrder}
        selection={selection}
      />
      <TableFooter loaded={rows.length} total={1234} isFiltered isBusy selected={selection.ids.size} />
      <button type="button" onClick={() => setRows(fruits(80).toReversed())}>
        Load
      </button>
      <button type="button" onClick={selection.clear}>
        Clear
      </button>
    </>
  );
}

const grid = (): HTMLElement => screen.getByRole("grid", { name: "Fruits" });
const tick = (row: number): HTMLElement => screen.getByLabelText(`Select row ${row}`);
const all = (): HTMLElement => screen.getByLabelText("Select all loaded rows");
const header = (name: string): HTMLElement | null => screen.getByText(name).closest('[role="columnheader"]');
const width = (): HTMLElement => screen.getByLabelText("Width of Weight");
const ignore = (): void => {};

beforeEach(() => localStorage.clear());

describe("DataTable", () => {
  it("draws only the rows in sight, exposes their positions, and asks for more before the end", () => {
    const onEndReached = vi.fn<() => void>();
    renderPage(<Fruits onEndReached={onEndReached} count={500} />);

    const rows = screen.getAllByRole("row");
    expect(rows.length).toBeLessThan(60);
    expect(grid()).toHaveAttribute("aria-rowcount", "1235");
    expect(rows[1]).toHaveAttribute("aria-rowindex", "2");
    expect(within(rows[1] as HTMLElement).getByText("fruit 0")).toHaveAttribute("href", "/fruits/id-0");
    expect(onEndReached).not.toHaveBeenCalled();
    expect(screen.getByText("500 of 1,234 loaded · filtered")).toBeVisible();
    expect(screen.getByText("Loading")).toBeVisible();
    // An element without a role must not have a label.
    expect(screen.queryByLabelText("Loading")).toBeNull();

    renderPage(<Fruits onEndReached={onEndReached} count={20} error={new Error("away")} />);
    expect(onEndReached).not.toHaveBeenCalled();
    renderPage(<Fruits onEndReached={onEndReached} count={20} />);
    expect(onEndReached).toHaveBeenCalled();
  });

  it("counts no rows in words", () => {
    renderPage(<TableFooter loaded={0} total={0} isFiltered isBusy={false} />);
    expect(screen.getByText("No rows · filtered")).toBeVisible();
  });

  it("selects rows one by one, in ranges and all, and keeps them when rows are loaded or ordered", () => {
    renderPage(<Fruits />);

    fireEvent.click(tick(2));
    fireEvent.click(tick(5), { shiftKey: true });
    expect(screen.getByText(/4 selected/)).toBeVisible();
    fireEvent.click(tick(3));
    fireEvent.click(screen.getByText("Load"));
    expect(screen.getByText(/80 of 1,234 loaded · filtered · 3 selected/)).toBeVisible();

    fireEvent.click(all());
    expect(screen.getByText(/80 selected/)).toBeVisible();
    fireEvent.click(all());
    expect(screen.queryByText(/selected/)).toBeNull();
  });

  it("begins a range at the next row once the selection is cleared", () => {
    renderPage(<Fruits />);
    fireEvent.click(tick(2));
    fireEvent.click(screen.getByText("Clear"));
    fireEvent.click(tick(5), { shiftKey: true });
    expect(screen.getByText(/ 1 selected/)).toBeVisible();
  });

  it("is walked, ticked and opened by keyboard", async () => {
    const { router } = renderPage(<Fruits />);
    const user = userEvent.setup();

    await user.keyboard("jjk");
    expect(document.activeElement).toBe(grid());
    expect(document.querySelector('[data-active="true"]')).toHaveAttribute("aria-rowindex", "2");
    expect(grid()).toHaveAttribute("aria-activedescendant", document.querySelector('[data-active="true"]')?.id);
    await user.keyboard("x{ArrowDown}{ArrowDown}X");
    expect(screen.getByText(/3 selected/)).toBeVisible();
    await user.keyboard("{Enter}");
    expect(router.state.location.pathname).toBe("/fruits/id-2");
  });

  it("opens a row by a click anywhere in it, and another tab by the middle button", () => {
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    const { router } = renderPage(<Fruits />);

    fireEvent(screen.getByText("30"), new MouseEvent("auxclick", { button: 1, bubbles: true }));
    expect(open).toHaveBeenCalledWith("/fruits/id-3", "_blank", "noopener");
    fireEvent.click(screen.getByText("40"));
    expect(router.state.location.pathname).toBe("/fruits/id-4");
  });

  it("writes the order of its headers into the address", () => {
    const { router } = renderPage(<Fruits />, { at: "/?order=NAME:desc,UNKNOWN:asc" });
    expect(header("Name")).toHaveAttribute("aria-sort", "descending");

    fireEvent.click(screen.getByText("Weight"));
    expect(router.state.location.search).toBe("?order=WEIGHT%3Aasc");
    fireEvent.click(screen.getByText("Name"), { shiftKey: true });
    expect(router.state.location.search).toBe("?order=WEIGHT%3Aasc%2CNAME%3Aasc");
    fireEvent.click(screen.getByText("Weight"));
    fireEvent.click(screen.getByText("Weight"));
    expect(router.state.location.search).toBe("");
  });

  it("keeps the columns in the address and in the browser, and their widths", async () => {
    const { router, unmount } = renderPage(<Fruits />);
    fireEvent.click(screen.getByLabelText("Choose columns"));
    fireEvent.click(await screen.findByLabelText("Note"));
    expect(router.state.location.search).toBe("?columns=name%2Cweight%2Cnote");
    const handle = width();
    fireEvent.keyDown(handle, { key: "ArrowRight" });
    act(() => handle.focus());
    expect(handle).toHaveAttribute("aria-valuenow", "106");
    unmount();

    const again = renderPage(<Fruits />);
    expect(header("Note")).toBeVisible();
    // A link, and a saved view, are made of the address.
    await waitFor(() => expect(again.router.state.location.search).toBe("?columns=name%2Cweight%2Cnote"));
    expect(width()).toHaveAttribute("aria-valuenow", "106");
    fireEvent.doubleClick(width());
    expect(width()).toHaveAttribute("aria-valuenow", "90");
    fireEvent.click(screen.getByLabelText("Choose columns"));
    fireEvent.click(await screen.findByText("Show the usual columns"));
    expect(screen.queryByLabelText("Width of Note")).toBeNull();
    expect(again.router.state.location.search).toBe("");
  });
});
