import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, useState } from "react";
import { expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import type { ShownError } from "../feedback/errors.ts";
import { ConfirmButton } from "./ConfirmButton.tsx";
import { Dialog } from "./Dialog.tsx";

const REFUSED: ShownError = { code: "CONFLICT", message: "A run refers to it.", field: "", requestId: "r7" };

function Deletion({ onConfirm }: { onConfirm: () => Promise<readonly ShownError[]> }): ReactElement {
  return (
    <ConfirmButton label="Delete" title="Delete maths-1?" action="Delete the dataset" failure="The dataset was not deleted" onConfirm={onConfirm}>
      The traces are kept.
    </ConfirmButton>
  );
}

it("does nothing without the answer, and gives the focus back to its button", async () => {
  const run = vi.fn<() => Promise<readonly ShownError[]>>();
  renderPage(<Deletion onConfirm={run} />);
  const opener = screen.getByRole("button", { name: "Delete" });
  await userEvent.click(opener);
  const question = await screen.findByRole("dialog", { name: "Delete maths-1?" });
  expect(question).toHaveTextContent("The traces are kept.");
  await waitFor(() => expect(within(question).getByRole("button", { name: "Keep it" })).toHaveFocus());

  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(opener).toHaveFocus());
  await userEvent.click(opener);
  await userEvent.click(await screen.findByRole("button", { name: "Keep it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(opener).toHaveFocus());
  expect(run).not.toHaveBeenCalled();
});

it("stays open with the code and the request of a refusal, and closes once it is done", async () => {
  const run = vi.fn<() => Promise<readonly ShownError[]>>().mockResolvedValueOnce([REFUSED]).mockResolvedValueOnce([]);
  renderPage(<Deletion onConfirm={run} />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  const action = await screen.findByRole("button", { name: "Delete the dataset" });
  await userEvent.click(action);
  const question = screen.getByRole("dialog", { name: "Delete maths-1?" });
  expect(await within(question).findByRole("alert")).toHaveTextContent("The dataset was not deletedA run refers to it.CONFLICTrequest r7");

  await userEvent.click(action);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(run).toHaveBeenCalledTimes(2);
});

it("reports a refusal that comes after the question was closed", async () => {
  const answer = new EventTarget();
  renderPage(<Deletion onConfirm={() => new Promise((resolve) => answer.addEventListener("come", () => resolve([REFUSED])))} />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  act(() => void answer.dispatchEvent(new Event("come")));
  expect(await screen.findByText(/A run refers to it. \(CONFLICT, request r7\)/)).toBeVisible();
});

function Rows(): ReactElement {
  const [rows, setRows] = useState(["one", "two"]);
  const remove = async (row: string): Promise<readonly ShownError[]> => {
    setRows(rows.filter((each) => each !== row));
    return [];
  };
  return (
    <ul aria-label="Rows" tabIndex={-1} data-focus-home>
      {rows.map((row) => (
        <li key={row}>
          <ConfirmButton label={`Delete ${row}`} isIcon title={`Delete ${row}?`} action="Delete the row" failure="" onConfirm={() => remove(row)}>
            It is gone.
          </ConfirmButton>
        </li>
      ))}
    </ul>
  );
}

it("gives the focus to the list when the row of its button is gone", async () => {
  renderPage(<Rows />);
  await userEvent.click(screen.getByRole("button", { name: "Delete one" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the row" }));
  await waitFor(() => expect(screen.getByRole("list", { name: "Rows" })).toHaveFocus());
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
});

function Opened(): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      {isOpen && (
        <Dialog title="Split" onClose={() => setOpen(false)}>
          <input aria-label="Seed" data-autofocus />
        </Dialog>
      )}
    </>
  );
}

it("gives the focus back though the dialog is mounted only while it is open", async () => {
  renderPage(<Opened />);
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  await waitFor(() => expect(screen.getByLabelText("Seed")).toHaveFocus());
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.getByRole("button", { name: "Open" })).toHaveFocus());
  expect(screen.queryByRole("dialog")).toBeNull();
});
