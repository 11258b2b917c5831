import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { pageOf } from "../../../testing/datasets.ts";
import { answer } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Exports } from "./Exports.tsx";

const DONE = {
  __typename: "Export",
  id: "e1",
  status: "COMPLETED",
  progress: 1,
  createdAt: "2026-01-01T00:00:00Z",
  format: "TRACE",
  container: "CSV",
  rowCount: 10,
  missingCount: 2,
  byteSize: 1000,
  fileName: "maths.csv",
  warnings: ["The file has no records."],
  expiresAt: "2026-01-08T00:00:00Z",
  error: null,
};

it("lists a dataset's exports, and the new one after it was started", async () => {
  answer("DatasetExports", { exports: pageOf("Export", []) });
  renderPage(<Exports id="d1" />);
  await screen.findByText("There is no export of this dataset yet.");

  answer("DatasetExports", { exports: pageOf("Export", [DONE]) });
  answer("StartExport", { startExport: { export: DONE, errors: [] } });
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  const row = await screen.findByRole("listitem", { name: "maths.csv" });
  expect(row).toHaveTextContent("10 records · 1.0 kB · 2 deleted since left out");
  expect(row).toHaveTextContent("The file has no records.");
});
