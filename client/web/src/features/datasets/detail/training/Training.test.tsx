import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Client, Sink } from "graphql-ws";
import { beforeEach, expect, it, vi } from "vitest";
import { downloadText } from "../../../../shared/download.ts";
import { answer } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { Training } from "./Training.tsx";

const sinks: Sink<{ data: Record<string, unknown> }>[] = [];

vi.mock("../../../../shared/download.ts", () => ({ downloadText: vi.fn<() => void>() }));
vi.mock("../../../../shared/live/socket.ts", () => ({
  socketClient: (): Pick<Client, "on" | "subscribe"> => ({
    on: () => () => {},
    subscribe: (_: unknown, sink: unknown) => {
      sinks.push(sink as (typeof sinks)[number]);
      return () => {};
    },
  }),
}));

const EXPORT = {
  __typename: "Export",
  id: "e1",
  status: "RUNNING",
  progress: 0,
  createdAt: "2026-01-01T00:00:00Z",
  format: "TUNIX_SFT",
  container: "JSONL",
  rowCount: 0,
  missingCount: 0,
  byteSize: 0,
  fileName: "maths.jsonl",
  warnings: [],
  expiresAt: null,
  error: null,
  downloadUrl: null,
};
const MANIFEST = { yaml: "version: '1.0'\n", path: "/data/maths.jsonl", outputDir: "/data/runs/x" };

beforeEach(() => {
  sinks.length = 0;
  answer("BaseModels", { baseModels: [{ __typename: "BaseModel", modelId: "tiny/random" }] });
});

it("waits for the training file, then shows the manifest as YAML", async () => {
  answer("GenerateManifest", { generateManifest: { manifest: null, export: EXPORT, errors: [] } });
  renderPage(<Training datasetKey="maths-1" />);
  await userEvent.click(screen.getByRole("button", { name: "Generate manifest" }));
  await screen.findByText(/being written first/);
  await waitFor(() => expect(sinks).toHaveLength(1));

  const inputs: unknown[] = [];
  answer("GenerateManifest", ({ input }) => {
    inputs.push(input);
    return { generateManifest: { manifest: MANIFEST, export: { ...EXPORT, status: "COMPLETED" }, errors: [] } };
  });
  const event = { seq: 3, status: "COMPLETED", progress: 1, rowCount: 10, byteSize: 100 };
  act(() => sinks[0]?.next({ data: { exportEvents: [event] } }));
  await userEvent.click(await screen.findByRole("button", { name: "Download" }));

  expect(downloadText).toHaveBeenCalledWith(MANIFEST.yaml, "maths-1.yaml", "application/yaml");
  expect(inputs).toEqual([
    { datasetId: "maths-1", modelId: "google/gemma-2b-it", method: "SFT", learningRate: 2e-5, numEpochs: 3, batchSize: 8, maxSeqLength: 2048 },
  ]);
});

it("checks ranges before sending, and shows a refusal beside its field", async () => {
  const error = { code: "BAD_USER_INPUT", message: "must start with a letter", path: ["input", "outputName"] };
  answer("GenerateManifest", { generateManifest: { manifest: null, export: null, errors: [error] } });
  renderPage(<Training datasetKey="maths-1" />);
  const epochs = screen.getByRole("textbox", { name: "Epochs" });
  await userEvent.clear(epochs);
  await userEvent.type(epochs, "101");
  expect(await screen.findByText("must be 1 or more and at most 100")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Generate manifest" })).toBeDisabled();

  await userEvent.clear(epochs);
  await userEvent.type(epochs, "5");
  await userEvent.type(screen.getByRole("textbox", { name: "Output name" }), "-x");
  await userEvent.click(screen.getByRole("button", { name: "Generate manifest" }));
  expect(await screen.findByText("must start with a letter")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Export JSONL" })).toHaveAttribute(
    "href",
    "/v1/datasets/maths-1/export.jsonl?format=tunix_sft",
  );
});
