import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { Component as IntegrationsPage } from "./IntegrationsPage.tsx";
import { episodeOf } from "./ungar/generate.ts";

const MISSING = { available: false, version: null, message: "It is not installed.", installCommand: "pip install it" };
const PRESENT = { available: true, version: "1.0", message: "All there.", installCommand: "pip install it" };

function answerStatus(tunix: object, ungar: object): void {
  answer("TunixStatus", { tunixStatus: { __typename: "TunixStatus", ...tunix } });
  answer("UngarStatus", { ungarStatus: { __typename: "UngarStatus", ...ungar } });
}

beforeEach(() => {
  const rediai = { mode: "REAL", status: "DOWN", reason: "HTTP_STATUS", message: "Status 500.", checkedAt: "2026-01-01T00:00:00Z", latencyMs: 7 };
  answer("RediaiHealth", { health: { __typename: "Health", rediai: { __typename: "RediaiHealth", ...rediai } } });
  const model = { __typename: "BaseModel", source: "FOLDER", family: "qwen3", parameterCount: 1234, byteSize: 5000, hasTokenizer: true, problem: null };
  const models = [
    { ...model, modelId: "good" },
    { ...model, modelId: "bare", hasTokenizer: false, parameterCount: null, byteSize: null },
    { ...model, modelId: "bad", problem: "It is damaged." },
    { ...model, modelId: "tiny", source: "TINY_RANDOM" },
  ];
  answer("IntegrationsBaseModels", { baseModels: models });
});

it("shows what is missing with the command that installs it, and each status by itself", async () => {
  answerStatus(PRESENT, MISSING);
  refuse("TunixStatus", "INTERNAL", "broken");
  renderPage(<IntegrationsPage />);

  const ungar = await screen.findByRole("region", { name: "UNGAR" });
  expect(await within(ungar).findByText("Not installed")).toBeVisible();
  expect(within(ungar).getByText("pip install it")).toBeVisible();
  expect(within(ungar).queryByRole("form")).toBeNull();
  expect(await screen.findByText("The status of Tunix could not be loaded")).toBeVisible();
  const rediai = screen.getByRole("region", { name: "RediAI" });
  expect(await within(rediai).findByText("Status 500.")).toBeVisible();
  expect(rediai).toHaveTextContent("RediAIDownAnother system, optional");
  const rows = within(await screen.findByRole("table", { name: "Base models on this machine" })).getAllByRole("row");
  expect(rows.map((row) => row.textContent).slice(1, 4)).toEqual([
    "goodqwen31,2345.0 kB",
    "bareqwen3No tokenizer.json",
    "badqwen31,2345.0 kBIt is damaged.",
  ]);
  expect(screen.getByRole("link", { name: "good" })).toHaveAttribute("href", "/runs/new?set=%7B%22modelId%22%3A%22good%22%7D");
});

it("generates traces after checking the numbers, and links them", async () => {
  answerStatus(MISSING, PRESENT);
  const sent = vi.fn<(variables: object) => void>();
  const meta = { game: "high_card_duel", result: "win", my_card: "TS", opponent_card: "2H" };
  answer("GenerateUngarTraces", (variables) => {
    sent(variables);
    const traces = [{ __typename: "Trace", id: "t1", uuid: "u1", meta }];
    return { generateUngarTraces: { __typename: "GenerateUngarTracesPayload", count: 1, traces, errors: [] } };
  });
  renderPage(<IntegrationsPage />);
  const count = await screen.findByRole("textbox", { name: "Count" });
  const button = screen.getByRole("button", { name: "Generate" });

  await userEvent.clear(count);
  await userEvent.type(count, "101");
  await userEvent.click(button);
  expect(screen.getByText("count must be a whole number between 1 and 100")).toBeVisible();
  expect(sent).not.toHaveBeenCalled();

  await userEvent.clear(count);
  await userEvent.type(count, "1");
  await userEvent.clear(screen.getByRole("textbox", { name: "Seed" }));
  await userEvent.click(button);

  const table = await screen.findByRole("table", { name: "Generated 1 trace" });
  expect(within(table).getByRole("link", { name: "u1" })).toHaveAttribute("href", "/traces/u1");
  expect(table).toHaveTextContent("high card duelwinTS2H");
  const key = expect.stringMatching(/^[0-9a-f]{32}$/) as unknown;
  expect(sent.mock.calls).toEqual([[{ input: { count: 1, game: "HIGH_CARD_DUEL", idempotencyKey: key } }]]);
});

it("shows why nothing was generated, beside the field if there is one", async () => {
  answerStatus(PRESENT, PRESENT);
  const errors = [
    { __typename: "UserError", code: "BAD_USER_INPUT", message: "seed is odd.", path: ["input", "seed"] },
    { __typename: "UserError", code: "UNAVAILABLE", message: "No cards.", path: [] },
  ];
  const payload = { __typename: "GenerateUngarTracesPayload", count: 0, traces: null, errors };
  answer("GenerateUngarTraces", { generateUngarTraces: payload });
  renderPage(<IntegrationsPage />);

  await userEvent.click(await screen.findByRole("button", { name: "Generate" }));

  expect(await screen.findByText("seed is odd.")).toBeVisible();
  expect(within(screen.getByRole("alert")).getByText("No cards.")).toBeVisible();
});

it("reads an episode from metadata of any kind", () => {
  const nothing = { game: "", result: "", card: "", opponentCard: "" };
  expect([null, [], { game: 1 }].map(episodeOf)).toEqual([nothing, nothing, nothing]);
});

it("has an error in the place of base models that cannot be loaded", async () => {
  answerStatus(PRESENT, MISSING);
  refuse("IntegrationsBaseModels", "INTERNAL", "broken");
  renderPage(<IntegrationsPage />);

  expect(await screen.findByText("The base models could not be loaded")).toBeVisible();
  expect(screen.queryByRole("table", { name: "Base models on this machine" })).toBeNull();
});
