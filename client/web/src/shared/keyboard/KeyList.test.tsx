import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { KeyListButton } from "./KeyList.tsx";
import { useKeys } from "./Keys.tsx";

const RUN = vi.fn<() => void>();
const BINDINGS = [
  { keys: "x", label: "Select", run: RUN },
  { keys: "Mod+s", label: "Save", run: RUN },
];

function Bound(): null {
  useKeys("Table", BINDINGS);
  return null;
}

it("lists the keys that are bound, and leaves them alone while it is open", async () => {
  renderPage(
    <>
      <Bound />
      <KeyListButton icon="keys" />
    </>,
  );
  await userEvent.keyboard("x");
  expect(RUN).toHaveBeenCalledOnce();

  await userEvent.keyboard("?");
  const table = within(await screen.findByRole("region", { name: "Table", hidden: true }));
  expect(table.getByText("Save")).toBeInTheDocument();
  expect(table.getByText("Ctrl/⌘ s")).toBeInTheDocument();
  await userEvent.click(table.getByText("Select"));
  await userEvent.keyboard("x");
  expect(RUN).toHaveBeenCalledOnce();
});
