import { readFileSync } from "node:fs";
import type { FragmentType } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { buildSchema } from "graphql";
import type { Client, Sink } from "graphql-ws";
import type { ReactElement } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import type { ExportRowFragment } from "../../gql/graphql.ts";
import { answer } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { download } from "../download.ts";
import { CONTAINERS, type ExportChoice, FIRST_CHOICE, FORMATS } from "./choices.ts";
import { ExportRow } from "./ExportRow.tsx";
import { choiceErrors, exportInput } from "./options.ts";
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

it("asks for the outcome when the stream ends without reporting it", async () => {
  answer("Export", { export: PENDING });
  renderPage(<Loaded />);
  await waitFor(() => expect(sinks).toHaveLength(1));
  answer("Export", { export: { ...PENDING, status: "TIMEOUT" } });
  act(() => sinks[0]?.complete());
  await screen.findByText("Timed out");
});

it("cancels, explains why a retry is refused, and takes a deleted export away", async () => {
  answer("Export", { export: { ...PENDING, status: "RUNNING" } });
  answer("CancelExport", { payload: { export: { ...PENDING, status: "CANCELLED" }, errors: [] } });
  renderPage(<Loaded />);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await screen.findByText("Cancelled");

  const error = { code: "CONFLICT", message: "The dataset was deleted", path: ["input", "id"] };
  answer("RetryExport", { payload: { export: null, errors: [error] } });
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  await screen.findByText(/The dataset was deleted \(CONFLICT\)/);

  answer("DeleteExport", { payload: { deletedUuid: "u", errors: [] } });
  answer("Export", { export: null });
  await userEvent.click(screen.getByRole("button", { name: "Delete maths.jsonl" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the export" }));
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

it("asks for the scorer of pairs before it sends their recipe and the template", async () => {
  answer("ScorersInUse", { scorersInUse: [{ __typename: "ScorerInUse", scorer: "answer_match" }] });
  const inputs: Record<string, unknown>[] = [];
  answer("StartExport", ({ input }) => {
    inputs.push(input as Record<string, unknown>);
    return { startExport: { export: PENDING, errors: [] } };
  });
  renderPage(<StartExport source={{ datasetId: "maths-1" }} onStarted={() => {}} />);
  await userEvent.click(screen.getByRole("combobox", { name: "Format of the records" }));
  await userEvent.click(await screen.findByRole("option", { name: "Preference pairs" }));
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  const scorer = screen.getByLabelText(/Scorer/, { selector: "input" });
  expect(scorer).toHaveAccessibleDescription(/must be given/);
  expect(inputs).toEqual([]);

  fireEvent.change(scorer, { target: { value: "answer_match" } });
  fireEvent.change(screen.getByLabelText("Minimum margin"), { target: { value: "0.5" } });
  await userEvent.click(screen.getByRole("switch", { name: /^Messages/ }));
  await userEvent.click(screen.getByRole("combobox", { name: "Template" }));
  await userEvent.click(await screen.findByRole("option", { name: "Boxed" }));
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  await waitFor(() => expect(inputs).toHaveLength(1));
  const { idempotencyKey: _, ...sent } = inputs[0] ?? {};
  expect(sent).toEqual({ datasetId: "maths-1", format: "PREFERENCE", container: "JSONL", scorer: "answer_match", margin: 0.5, conversational: true, template: "BOXED" });
});

it("leaves out the round trip where scores are included", async () => {
  renderPage(<StartExport source={{ datasetId: "maths-1" }} onStarted={() => {}} />);
  await userEvent.click(screen.getByRole("switch", { name: /^Round trip/ }));
  await userEvent.click(screen.getByRole("switch", { name: /^Include scores/ }));
  expect(screen.getByRole("switch", { name: /^Round trip/ })).not.toBeChecked();
});

const ALL: ExportChoice = {
  format: "TRACE",
  container: "JSONL",
  systemInstruction: "x",
  template: "CUSTOM",
  customTemplate: "{steps} {answer}",
  scorer: " s ",
  threshold: 1,
  pairRule: "ALL",
  margin: 2,
  pairsPerGroup: 3,
  conversational: true,
  includeScores: true,
  keepControlTokens: true,
  roundTrip: true,
  escapeFormulas: true,
};
const WRITTEN = { systemInstruction: "x", customTemplate: "{steps} {answer}" };

it.each([
  ["TRACE", "JSONL", { roundTrip: true, includeScores: true }],
  ["TUNIX_SFT", "CSV", { ...WRITTEN, includeScores: true, keepControlTokens: true, escapeFormulas: true }],
  ["PROMPT_ONLY", "JSONL", { systemInstruction: "x", conversational: true }],
  ["PREFERENCE", "JSONL", { ...WRITTEN, scorer: "s", pairRule: "ALL", margin: 2, pairsPerGroup: 3, conversational: true }],
  ["UNPAIRED_PREFERENCE", "PARQUET", { ...WRITTEN, scorer: "s", threshold: 1, conversational: true }],
  ["STEPWISE", "JSONL", { systemInstruction: "x", scorer: "s", threshold: 1 }],
  ["GROUPED", "JSONL", WRITTEN],
] as const)("sends only options that %s in %s has", (format, container, options) => {
  expect(exportInput({ ...ALL, format, container })).toEqual({ format, container, ...options });
  expect(exportInput({ ...FIRST_CHOICE, format, container })).toEqual({ format, container });
});

it("shows the errors of numbers and texts, where they apply", () => {
  const wrong = { ...FIRST_CHOICE, template: "CUSTOM" as const, threshold: "", margin: -1, pairsPerGroup: 1.5 };
  expect(choiceErrors(wrong)).toEqual({});
  expect(choiceErrors({ ...wrong, format: "STEPWISE" })).toEqual({ scorer: "must be given", threshold: "must be a number" });
  expect(choiceErrors({ ...wrong, format: "PREFERENCE", scorer: "s" })).toEqual({
    margin: "must be 0 or more",
    pairsPerGroup: "must be 1 to 1,000",
    customTemplate: "must be given",
  });
});

it("offers every format, container and option of the schema, and starts with its defaults", () => {
  const schema = buildSchema(readFileSync("../../schema.graphql", "utf8"));
  const valuesOf = (name: string): string[] => {
    const type = schema.getType(name);
    return type && "getValues" in type ? type.getValues().map((value) => value.name) : [];
  };
  expect(FORMATS.map(({ value }) => value)).toEqual(valuesOf("ExportFormat"));
  expect(CONTAINERS.map(({ value }) => value)).toEqual(valuesOf("ExportContainer"));
  const input = schema.getType("StartExportInput");
  const fields = input && "getFields" in input ? Object.values(input.getFields()) : [];
  const elsewhere = new Set(["datasetId", "traceIds", "where", "orderBy", "idempotencyKey"]);
  expect(fields.map(({ name }) => name).filter((name) => !elsewhere.has(name)).toSorted()).toEqual(Object.keys(FIRST_CHOICE).toSorted());
  const defaults = fields.flatMap((field) => ("defaultValue" in field && field.defaultValue !== undefined ? [[field.name, field.defaultValue]] : []));
  expect(FIRST_CHOICE).toMatchObject(Object.fromEntries(defaults));
});
