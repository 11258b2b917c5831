import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { graphql, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { answer, refuse, use } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { storedScore, storedStep, storedTrace } from "../../testing/traces.ts";
import { Component as ComparePage } from "./ComparePage.tsx";

const [A, B] = ["01970000-0000-7000-8000-00000000000a", "01970000-0000-7000-8000-00000000000b"];

function side(trace: object, score: number): object {
  return { __typename: "ComparedTrace", score, details: {}, trace };
}

function comparison(): object {
  const base = storedTrace({
    uuid: A,
    externalId: "left",
    finalAnswer: "72 clips",
    steps: [storedStep(0, "the same"), storedStep(1, "48 / 2 = 24")],
    latestScores: [storedScore("s1", { score: 0.25 }), storedScore("s0", { scorer: "baseline", score: 25 })],
  });
  const other = storedTrace({
    uuid: B,
    externalId: "right",
    finalAnswer: "74 clips",
    steps: [storedStep(0, "the same"), storedStep(1, "48 / 2 = 26", [storedScore("s3", { scorer: "judge", score: 0.1 })]), storedStep(2, "more")],
    latestScores: [storedScore("s2", { score: 0.75 }), storedScore("s4", { scorer: "judge", score: 1 })],
  });
  return { compareTraces: { __typename: "TraceComparison", base: side(base, 25.5), other: side(other, 75.8), difference: 50.3 } };
}

function fill(label: string, text: string): void {
  fireEvent.change(screen.getByRole("textbox", { name: label }), { target: { value: text } });
}

describe("ComparePage", () => {
  it("compares two traces once both are given, and keeps them in the address", async () => {
    const asked: unknown[] = [];
    answer("CompareTraces", (variables) => {
      asked.push(variables);
      return comparison();
    });
    answer("FindTrace", ({ source, externalId }) => ({ trace: source === "demo" && externalId === "right" ? storedTrace({ uuid: B }) : null }));
    const { router } = renderPage(<ComparePage />, { at: "/compare" });
    const submit = screen.getByRole("button", { name: "Fetch & Compare" });
    expect(submit).toBeDisabled();
    fill("Base", A);
    expect(submit).toBeDisabled();
    fill("Other", "demo#right");
    fireEvent.click(submit);

    expect((await screen.findAllByTitle("Score by the baseline scorer")).map((each) => each.textContent)).toEqual(["25.50", "75.80"]);
    expect(asked[0]).toEqual({ base: A, other: B });
    expect(router.state.location.search).toBe(`?a=${A}&b=demo%23right`);
    expect(screen.getByRole("link", { name: "right" })).toHaveAttribute("href", `/traces/${B}`);

    expect(screen.getAllByTitle(/2026-11-01T12:00:00Z$/)).toHaveLength(2);
    const table = within(screen.getByRole("table", { name: "Scores" }));
    expect(table.getByRole("row", { name: /baseline/ })).toHaveTextContent("25.5075.80+50.30");
    expect(table.getAllByRole("row")).toHaveLength(4);
    expect(table.getByRole("row", { name: /ann/ })).toHaveTextContent("0.250.75+0.50");
    expect(table.getByRole("row", { name: /judge/ })).toHaveTextContent("–1.00");

    const first = screen.getByRole("article", { name: "Step 1 beside step 1, different, the first difference" });
    expect(first.querySelector("del")).toHaveTextContent("24");
    expect(first.querySelector("ins")).toHaveTextContent("26");
    expect(within(first).getByText("judge")).toBeVisible();
    expect(screen.getByRole("article", { name: "Step none beside step 2, different" })).toHaveTextContent("no such step");
    expect(within(screen.getByRole("region", { name: "Final answer" })).getByText("72").tagName).toBe("DEL");
    expect(within(screen.getByRole("region", { name: "Prompt" })).getByText("the same")).toBeVisible();

    fireEvent.keyDown(document.body, { key: "n" });
    await waitFor(() => expect(first).toHaveAttribute("data-marked", "true"));
    fireEvent.click(screen.getByRole("switch", { name: "Only what differs" }));
    await waitFor(() => expect(screen.getAllByRole("article")).toHaveLength(2));
  });

  it("shows beside the field which trace does not exist", async () => {
    use(
      graphql.query("CompareTraces", () => {
        const extensions = { code: "NOT_FOUND", argumentPath: ["other"], requestId: "req-1" };
        return HttpResponse.json({ errors: [{ message: `Other trace ${B} does not exist.`, path: ["compareTraces"], extensions }] });
      }),
    );
    renderPage(<ComparePage />, { at: `/compare?a=${A}&b=${B}` });
    expect(await screen.findByText(`Other trace ${B} does not exist.`)).toBeVisible();
    expect(screen.getByRole("textbox", { name: "Other" })).toBeInvalid();
    expect(screen.queryByRole("alert")).toBeNull();

    answer("FindTrace", { trace: null });
    fill("Base", "what?");
    fill("Other", "demo#nothing");
    fireEvent.click(screen.getByRole("button", { name: "Fetch & Compare" }));
    expect(await screen.findByText("No trace has the source demo and the external id nothing.")).toBeVisible();
    expect(screen.getByText(/^Must be a trace's id/)).toBeVisible();
  });

  it("looks again for a trace that was stored after it was not found", async () => {
    answer("CompareTraces", comparison());
    answer("FindTrace", { trace: null });
    renderPage(<ComparePage />, { at: `/compare?a=${A}&b=demo%23right` });
    const missing = await screen.findByText("No trace has the source demo and the external id right.");
    answer("FindTrace", { trace: storedTrace({ uuid: B }) });
    fireEvent.click(screen.getByRole("button", { name: "Fetch & Compare" }));
    expect(await screen.findByRole("table", { name: "Scores" })).toBeVisible();
    expect(missing).not.toBeInTheDocument();
  });

  it("shows other errors with their request, and exchanges the two", async () => {
    refuse("CompareTraces", "UNAVAILABLE", "The database cannot be read.", "req-7");
    const { router } = renderPage(<ComparePage />, { at: `/compare?a=${A}&b=${B}` });
    expect(await screen.findByText("The database cannot be read.")).toBeVisible();
    expect(screen.getByText("req-7")).toBeVisible();
    fireEvent.click(screen.getByRole("button", { name: "Exchange the two" }));
    answer("CompareTraces", comparison());
    fireEvent.click(screen.getByRole("button", { name: "Fetch & Compare" }));
    await waitFor(() => expect(router.state.location.search).toBe(`?a=${B}&b=${A}`));
    expect(await screen.findByRole("table", { name: "Scores" })).toBeVisible();
  });
});
