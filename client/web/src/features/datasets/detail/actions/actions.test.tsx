import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { DATASET } from "../../../../testing/datasets.ts";
import { answer } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { DeleteDataset } from "./DeleteDataset.tsx";
import { partSizes, partsInput } from "./parts.ts";
import { SplitDataset } from "./SplitDataset.tsx";

const doNothing = (): void => {};

it("splits into shares and counts, and shows a refusal beside its part", async () => {
  const inputs: Record<string, unknown>[] = [];
  const error = { code: "BAD_USER_INPUT", message: "must not be empty", path: ["input", "parts", "2", "name"] };
  const part = { ...DATASET, id: "d2", key: "maths-train-1", traceCount: 6 };
  answer("SplitDataset", ({ input }) => {
    inputs.push(input as Record<string, unknown>);
    return { splitDataset: inputs.length === 1 ? { datasets: null, errors: [error] } : { datasets: [part], errors: [] } };
  });
  const onDone = vi.fn<() => void>();
  renderPage(<SplitDataset id="d1" datasetKey="maths-1" version="1" traceCount={10} onClose={doNothing} onDone={onDone} />);

  await userEvent.click(screen.getByRole("button", { name: "Add a part" }));
  expect(screen.getByText("The parts have 1 trace too many.")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Split" })).toBeDisabled();
  const first = screen.getByRole("textbox", { name: "Size of part 1" });
  await userEvent.clear(first);
  await userEvent.type(first, "60");
  await userEvent.click(screen.getByRole("button", { name: "Split" }));
  expect(await screen.findByText("must not be empty")).toBeInTheDocument();

  await userEvent.type(screen.getByRole("textbox", { name: "Name of part 3" }), "dev");
  await userEvent.click(screen.getByRole("button", { name: "Split" }));
  expect(await screen.findByRole("link", { name: "maths-train-1" })).toHaveAttribute("href", "/datasets/maths-train-1");
  expect(onDone).toHaveBeenCalled();
  expect(inputs[1]).toMatchObject({
    id: "d1",
    seed: 0,
    version: "1",
    parts: [
      { name: "train", fraction: 0.6 },
      { name: "test", fraction: 0.2 },
      { name: "dev", fraction: 0.1 },
    ],
  });
});

it("counts how many traces each part gets and how many none gets", () => {
  const parts = [
    { row: 0, name: " a ", unit: "percent", size: 33.3 },
    { row: 1, name: "b", unit: "count", size: 50 },
  ] as const;
  expect(partSizes(parts, 100)).toEqual({ sizes: [33, 50], left: 17 });
  expect(partsInput(parts)).toEqual([
    { name: "a", fraction: 0.333 },
    { name: "b", count: 50 },
  ]);
});

it("deletes after a confirmation and goes to the list; a refusal is shown", async () => {
  const error = { code: "CONFLICT", message: "A run refers to it", path: ["input", "id"] };
  answer("DeleteDataset", { deleteDataset: { deletedUuid: null, errors: [error] } });
  const { router } = renderPage(<DeleteDataset id="d1" datasetKey="maths-1" isDisabled={false} onGone={doNothing} />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  expect(await screen.findByText("A run refers to it")).toBeInTheDocument();

  answer("DeleteDataset", { deleteDataset: { deletedUuid: "u1", errors: [] } });
  await userEvent.click(screen.getByRole("button", { name: "Delete the dataset" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/datasets"));
});

it("reports it when a dataset was deleted in another window", async () => {
  const error = { code: "NOT_FOUND", message: "There is no such dataset", path: ["input", "id"] };
  answer("DeleteDataset", { deleteDataset: { deletedUuid: null, errors: [error] } });
  const onGone = vi.fn<() => void>();
  renderPage(<DeleteDataset id="d1" datasetKey="maths-1" isDisabled={false} onGone={onGone} />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  await waitFor(() => expect(onGone).toHaveBeenCalled());
});
