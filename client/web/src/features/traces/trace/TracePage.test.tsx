import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { answer, answerInTurn, answerLater, refuse } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { connection, storedScore, storedStep, storedTrace } from "../../../testing/traces.ts";
import { Component as TracePage } from "./TracePage.tsx";

const NEXT = "01970000-0000-7000-8000-000000000002";

function open(at: string, trace: object | null = storedTrace()): ReturnType<typeof renderPage> {
  answer("TracePage", { trace });
  return renderPage(<TracePage />, { at, path: "/traces/:id" });
}

function press(key: string): void {
  fireEvent.keyDown(document.body, { key });
}

/** Waits until the link to an adjacent trace has its address. */
async function knownLink(name: string): Promise<HTMLElement> {
  const link = await screen.findByRole("link", { name });
  await waitFor(() => expect(link).toHaveAttribute("href"));
  return link;
}

beforeEach(() => {
  answer("OtherAnswers", { traces: connection("Trace", [storedTrace()]) });
  answer("Position", { traces: connection("Trace", [storedTrace()]) });
  answer("AdjacentTraces", { before: connection("Trace", []), after: connection("Trace", [storedTrace({ uuid: NEXT })]) });
});

describe("TracePage", () => {
  it("shows the whole trace, with related objects", async () => {
    const scores = [
      storedScore("s3", { score: 0.9, rationale: "Right now", details: { clarity: 0.8 } }),
      storedScore("s2", { score: 0.4 }),
      storedScore("s1", { scorer: "judge", kind: "MODEL", score: 0.25, stepIndex: 1 }),
    ];
    const run = { __typename: "Run", id: "r", uuid: "run-uuid", outputName: "first-run", status: "COMPLETED" };
    const dataset = { __typename: "Dataset", id: "d", key: "demo-v1", traceCount: 7, runs: connection("Run", [run]) };
    const steps = [storedStep(0, "48/2 = <<48/2=24>>24"), storedStep(1, "So **72**", [scores[2] ?? {}])];
    open("/traces/x#step-1", storedTrace({ referenceAnswer: "73", scores: connection("Score", scores), datasets: connection("Dataset", [dataset]), steps }));

    expect(await screen.findByRole("heading", { level: 1, name: "natalia" })).toBeVisible();
    expect(await screen.findByText("48/2=24")).toHaveAttribute("title", "Calculator");
    expect(screen.getByRole("article", { name: "Step 1" })).toHaveAttribute("aria-current", "location");
    expect(within(screen.getByRole("article", { name: "Step 1" })).getByText("judge")).toBeVisible();
    expect(within(screen.getByRole("region", { name: "Reference answer" })).getByText("73")).toBeVisible();
    expect(screen.getByRole("link", { name: "demo-v1" })).toHaveAttribute("href", "/datasets/demo-v1");
    expect(screen.getByRole("link", { name: "first-run" })).toHaveAttribute("href", "/runs/run-uuid");

    const panel = within(screen.getByRole("region", { name: "Scores" }));
    fireEvent.click(panel.getByRole("button", { name: /ann/ }));
    expect(panel.getByText("Right now")).toBeVisible();
    expect(panel.getByText("0.4")).toBeVisible();
    expect(panel.getByText("clarity")).toBeVisible();
  });

  it("goes from step to step and to the next trace of the list by keyboard", async () => {
    const list = { where: { source: { eq: "gsm8k" } }, orderBy: [{ field: "STEP_COUNT", direction: "DESC" }] };
    const asked: unknown[] = [];
    answer("AdjacentTraces", ({ where, orderBy, cursor }) => {
      asked.push({ where, orderBy, cursor });
      return { before: connection("Trace", []), after: connection("Trace", [storedTrace({ uuid: NEXT })]) };
    });
    const search = `?${new URLSearchParams({ where: JSON.stringify(list.where), order: "STEP_COUNT:desc" })}`;
    const { router } = open(`/traces/x${search}`);
    expect(await knownLink("Next trace")).toHaveAttribute("href", `/traces/${NEXT}${search}`);
    expect(asked).toEqual([{ ...list, cursor: "c0" }]);
    const previous = screen.getByRole("link", { name: "Previous trace" });
    expect(previous).toHaveAttribute("aria-disabled", "true");
    expect(previous).not.toHaveAttribute("href");

    press("j");
    await waitFor(() => expect(router.state.location.hash).toBe("#step-0"));
    press("j");
    await waitFor(() => expect(router.state.location.hash).toBe("#step-1"));
    press("k");
    await waitFor(() => expect(router.state.location.hash).toBe("#step-0"));
    press("]");
    await waitFor(() => expect(router.state.location.pathname).toBe(`/traces/${NEXT}`));
    expect(router.state.location.search).toBe(search);
  });

  it("does not lose a key that is pressed before the adjacent traces are known", async () => {
    const reply = answerLater("AdjacentTraces", { before: connection("Trace", []), after: connection("Trace", [storedTrace({ uuid: NEXT })]) });
    const { router } = open("/traces/x");
    expect(await screen.findByRole("link", { name: "Next trace" })).not.toHaveAttribute("href");
    press("]");
    reply();
    await waitFor(() => expect(router.state.location.pathname).toBe(`/traces/${NEXT}`));
  });

  it.each([
    // Both in one act: React has not yet shown what the first one changed.
    ["at once", (second: () => void) => Promise.resolve(second())],
    ["while the next trace is being loaded", async (second: () => void, asked: unknown[]) => {
      await waitFor(() => expect(asked).toHaveLength(1));
      second();
    }],
  ])("counts each key that is pressed %s, and goes back by one step for each", async (_, after) => {
    const third = "01970000-0000-7000-8000-000000000003";
    const { router } = open("/traces/x");
    await knownLink("Next trace");
    const next = answerInTurn("TracePage");
    answer("AdjacentTraces", { before: connection("Trace", []), after: connection("Trace", [storedTrace({ uuid: third })]) });
    let pressed: Promise<void> | undefined;
    act(() => {
      press("]");
      pressed = after(() => press("]"), next.asked);
    });
    await pressed;
    await waitFor(() => expect(next.asked).toHaveLength(1));
    next.reply(0, { trace: storedTrace({ uuid: NEXT }) });
    await waitFor(() => expect(router.state.location.pathname).toBe(`/traces/${third}`));
    await act(async () => await router.navigate(-2));
    expect(router.state.location.pathname).toBe("/traces/x");
  });

  it("keeps the focus on the link to the next trace while that is being loaded, also at the end of the list", async () => {
    const { router } = open("/traces/x");
    const link = await knownLink("Next trace");
    const next = answerInTurn("TracePage");
    answer("AdjacentTraces", { before: connection("Trace", [storedTrace({})]), after: connection("Trace", []) });
    link.focus();
    fireEvent.click(link);
    await waitFor(() => expect(next.asked).toHaveLength(1));
    expect(link).not.toHaveAttribute("href");
    expect(link).toHaveFocus();

    next.reply(0, { trace: storedTrace({ uuid: NEXT }) });
    await knownLink("Previous trace");
    expect(router.state.location.pathname).toBe(`/traces/${NEXT}`);
    expect(link).toHaveFocus();
    expect(link).toHaveAttribute("aria-disabled", "true");
  });

  it("reports that a trace does not exist, also one that was deleted elsewhere", async () => {
    const { client, router } = open("/traces/x");
    await screen.findByRole("article", { name: "Step 0" });
    answer("TracePage", { trace: null });
    await client.refetchQueries({ include: "active" });
    expect(await screen.findByText("There is no such trace")).toBeVisible();
    fireEvent.click(screen.getByRole("link", { name: "Go to the traces" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/traces"));

    refuse("TracePage", "BAD_ID", "'nosuch' is neither the id of a Trace nor a UUID.");
    renderPage(<TracePage />, { at: "/traces/nosuch", path: "/traces/:id" });
    expect(await screen.findByText(/No trace has the id nosuch/)).toBeVisible();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows why a trace could not be loaded, and tries again", async () => {
    refuse("TracePage", "UNAVAILABLE", "The database cannot be read.");
    renderPage(<TracePage />, { at: "/traces/x", path: "/traces/:id" });
    expect(await screen.findByText("The database cannot be read.")).toBeVisible();
    answer("TracePage", { trace: storedTrace() });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("article", { name: "Step 0" })).toBeVisible();
  });

  it("shows and copies the training text, the JSON and the query", async () => {
    const write = vi.fn<(text: string) => Promise<void>>().mockResolvedValue();
    Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: write } });
    answer("TrainingText", { trace: { ...storedTrace(), trainingText: { __typename: "TrainingText", prompt: "user\nQ", target: "So\n72<end>" } } });
    open("/traces/x?view=training", storedTrace({ referenceAnswer: "73" }));
    expect(await screen.findByText("What the model sees in training.", { exact: false })).toBeVisible();

    const copy = async (name: string): Promise<void> => {
      write.mockClear();
      fireEvent.click(await screen.findByRole("button", { name: "Copy" }));
      fireEvent.click(await screen.findByRole("menuitem", { name }));
      await waitFor(() => expect(write).toHaveBeenCalledOnce());
      copied.push(...write.mock.calls.map(([text]) => text));
    };
    const copied: string[] = [];
    await copy("As JSON");
    await copy("As training text");
    await copy("As a query");
    const [json, training, query] = copied;
    expect(JSON.parse(json ?? "")).toEqual({
      trace_version: "1.0",
      prompt: "How many clips?",
      final_answer: "72",
      steps: [
        { i: 0, type: "calculation", content: "48/2 = <<48/2=24>>24" },
        { i: 1, type: "calculation", content: "48+24 = <<48+24=72>>72" },
      ],
      meta: { reference_answer: "72" },
      reference_answer: "73",
      external_id: "natalia",
    });
    expect(training).toBe("user\nQSo\n72<end>");
    expect(query).toMatch(/^query TraceToCopy \{\n {2}trace\(id: "01970000-[^$]*$/);
  });

  it("virtualises the steps of a large trace, and folds long texts", async () => {
    const steps = Array.from({ length: 1000 }, (_, index) => storedStep(index, `${"word ".repeat(1000)}end of ${index}`));
    open("/traces/x", storedTrace({ steps, stepCount: 1000, charCount: 5_000_000 }));
    expect(await screen.findByRole("article", { name: "Step 0" })).toBeVisible();
    expect(screen.getAllByRole("article").length).toBeLessThan(60);
    expect(screen.queryByText(/end of 0/)).toBeNull();
    fireEvent.click(screen.getAllByRole("button", { name: "Show all 5,008 characters" })[0] as HTMLElement);
    expect(await screen.findByText(/end of 0/)).toBeVisible();
  });
});
