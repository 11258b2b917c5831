import type { FragmentType } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Client, Sink } from "graphql-ws";
import type { ReactElement } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import type { ExportRowFragment } from "../../gql/graphql.ts";
import { answer } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { download } from "../download.ts";
import { exportInput, FIRST_CHOICE } from "./choices.ts";
import { ExportRow } from "./ExportRow.tsx";
import { StartExport } from "./StartExport.tsx";
import { EXPORT } from "./useLiveExport.ts";

const sinks: Sink<{ data: Record<string, unknown> }>[] = [];

vi.mock("../download.ts", () => ({ download: vi.fn<() => void>() }));
vi.mock("../live/socket.ts", () => ({
  socketClient: (): Pick<Client, "on" | "subscribe"> => ({
    on: () => () => {},
    subscribe: (_: unknown, sink: unknown) => {
      sinks.push(sink as (typeof sinks)[number]);
      return () => {};
    },
  }),
}));

const PENDING = {
  __typename: "Export",
  id: "e1",
  status: "PENDING",
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

beforeEach(() => {
  sinks.length = 0;
});

function Loaded(): ReactElement | null {
  const { data } = useQuery(EXPORT, { variables: { id: "e1" } });
  return data?.export ? <ExportRow from={data.export as FragmentType<ExportRowFragment>} /> : <p>gone</p>;
}

it("follows an export until its file can be downloaded by a link that is fresh", async () => {
  answer("Export", { export: PENDING });
  renderPage(<Loaded />);
  await screen.findByText("Pending");
  expect(screen.queryByRole("button", { name: "Download" })).toBeNull();

  await waitFor(() => expect(sinks).toHaveLength(1));
  const event = { seq: 2, status: "RUNNING", progress: 0.5, rowCount: 1234, byteSize: 5000 };
  act(() => sinks[0]?.next({ data: { exportEvents: [event] } }));
  await screen.findByText("1,234 records · 5.0 kB");
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "50");

  const done = { ...PENDING, status: "COMPLETED", progress: 1, expiresAt: "2026-01-08T00:00:00Z" };
  answer("Export", { export: { ...done, downloadUrl: "/v1/exports/e1?signature=new" } });
  act(() => sinks[0]?.next({ data: { exportEvents: [{ ...event, seq: 3, status: "COMPLETED", progress: 1 }] } }));
  await userEvent.click(await screen.findByRole("button", { name: "Download" }));
  await waitFor(() => expect(download).toHaveBeenCalledWith("/v1/exports/e1?signature=new", "maths.jsonl"));
});

it("asks for the outcome when the stream ends without telling it", async () => {
  answer("Export", { export: PENDING });
  renderPage(<Loaded />);
  await waitFor(() => expect(sinks).toHaveLength(1));
  answer("Export", { export: { ...PENDING, status: "TIMEOUT" } });
  act(() => sinks[0]?.complete());
  await screen.findByText("Timed out");
});

it("cancels, says why a retry is refused, and takes a deleted export away", async () => {
  answer("Export", { export: { ...PENDING, status: "RUNNING" } });
  answer("CancelExport", { cancelExport: { export: { ...PENDING, status: "CANCELLED" }, errors: [] } });
  renderPage(<Loaded />);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await screen.findByText("Cancelled");

  const error = { code: "CONFLICT", message: "The dataset was deleted", path: ["input", "id"] };
  answer("RetryExport", { retryExport: { export: null, errors: [error] } });
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  await screen.findByText(/The dataset was deleted \(CONFLICT\)/);

  answer("DeleteExport", { deleteExport: { deletedUuid: "u", errors: [] } });
  answer("Export", { export: null });
  await userEvent.click(screen.getByRole("button", { name: "Delete maths.jsonl" }));
  await screen.findByText("gone");
});

it("starts an export with the options that its format has, and shows a refusal beside its field", async () => {
  const onStarted = vi.fn<(id: string) => void>();
  const inputs: Record<string, unknown>[] = [];
  const error = { code: "BAD_USER_INPUT", message: "must be at most 20,000 characters", path: ["input", "systemInstruction"] };
  answer("StartExport", ({ input }) => {
    inputs.push(input as Record<string, unknown>);
    const isFirst = inputs.length === 1;
    return { startExport: isFirst ? { export: null, errors: [error] } : { export: PENDING, errors: [] } };
  });
  renderPage(<StartExport source={{ datasetId: "maths-1" }} onStarted={onStarted} />);

  await userEvent.click(screen.getByRole("combobox", { name: "Format of the records" }));
  await userEvent.click(await screen.findByRole("option", { name: "Chat messages" }));
  await userEvent.type(screen.getByLabelText("System instruction"), "Think.");
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  expect(await screen.findByText("must be at most 20,000 characters")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Export" }));

  await waitFor(() => expect(onStarted).toHaveBeenCalledWith("e1"));
  expect(inputs[0]).toMatchObject({ datasetId: "maths-1", format: "CHAT_MESSAGES", container: "JSONL", systemInstruction: "Think." });
  expect(inputs[1]?.["idempotencyKey"]).toBe(inputs[0]?.["idempotencyKey"]);
});

it("leaves out options that have no meaning for the format and the container", () => {
  const all = { ...FIRST_CHOICE, systemInstruction: "x", keepControlTokens: true, roundTrip: true, escapeFormulas: true };
  expect(exportInput(all)).toEqual({ format: "TRACE", container: "JSONL", roundTrip: true });
  expect(exportInput({ ...all, format: "TUNIX_SFT", container: "CSV" })).toEqual({
    format: "TUNIX_SFT",
    container: "CSV",
    systemInstruction: "x",
    keepControlTokens: true,
    escapeFormulas: true,
  });
});
