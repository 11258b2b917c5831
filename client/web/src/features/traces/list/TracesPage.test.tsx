import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { refuse } from "../../../testing/network.ts";
import { answerTraces, show, where } from "./fixture.tsx";

beforeEach(() => localStorage.clear());

describe("TracesPage", () => {
  it("asks for what the URL selects, and shows own fields, scores and metadata", async () => {
    const sent = answerTraces(2);
    show(`?where=${where({ stepCount: { gte: 1 } })}&order=STEP_COUNT:desc&columns=prompt,promptHash,score:baseline,meta:split,meta:nested.list,unknown`);

    const link = await screen.findByText("Prompt 1");
    expect(link.closest("a")).toHaveAttribute(
      "href",
      `/traces/uuid-1?where=${where({ stepCount: { gte: 1 } })}&order=STEP_COUNT%3Adesc`,
    );
    expect(screen.getByText("Build a dataset").closest("a")).toHaveAttribute(
      "href",
      `/datasets/new?where=${where({ stepCount: { gte: 1 } })}&order=STEP_COUNT%3Adesc`,
    );
    expect(screen.getAllByText("41.250")).toHaveLength(2);
    expect(screen.getAllByText("train")).toHaveLength(2);
    expect(screen.getAllByText("[1]")).toHaveLength(2);
    expect(screen.getAllByText("aabbccddeeff")).toHaveLength(2);
    expect(sent).toEqual([
      {
        where: { stepCount: { gte: 1 } },
        orderBy: [{ field: "STEP_COUNT", direction: "DESC" }],
        first: 100,
        after: null,
        isFirst: true,
        withMeta: true,
        withScores: true,
      },
    ]);
    expect(screen.getByText("2 of 2 loaded · filtered")).toBeVisible();
  });

  it("filters, orders and adds columns by the address", async () => {
    const sent = answerTraces(2);
    const { router } = show();
    await screen.findByText("Prompt 1");
    expect(sent[0]).toMatchObject({ where: {}, orderBy: [], withMeta: false, withScores: true });
    expect(await screen.findAllByText("41.250")).toHaveLength(2);
    const headers = screen.getAllByRole("columnheader").map((header) => header.textContent);
    expect(headers.slice(1, 5)).toEqual(["Prompt", "Final answer", "baseline", "Source"]);

    const search = screen.getByLabelText("Search the traces");
    fireEvent.change(search, { target: { value: "proof" } });
    fireEvent.keyDown(search, { key: "Enter" });
    fireEvent.click(screen.getByText("Steps"));
    await waitFor(() => expect(sent.at(-1)).toMatchObject({ where: { search: "proof" }, orderBy: [{ field: "STEP_COUNT", direction: "ASC" }] }));

    fireEvent.click(screen.getByLabelText("Choose columns"));
    const path = await screen.findByLabelText("Metadata path");
    fireEvent.change(path, { target: { value: "nested.list" } });
    fireEvent.keyDown(path, { key: "Enter" });
    fireEvent.click(await screen.findByLabelText("baseline"));
    await waitFor(() => expect(sent.at(-1)).toMatchObject({ withMeta: true, withScores: false }));
    fireEvent.click(await screen.findByLabelText("baseline"));
    expect(new URLSearchParams(router.state.location.search).get("columns")).toContain("meta:nested.list");
    expect(await screen.findAllByText("41.250")).toHaveLength(2);
  });

  it("leaves the scores beside the answer when a column is added or taken away", async () => {
    answerTraces(1);
    const { router } = show();
    await screen.findByText("41.250");
    fireEvent.click(screen.getByLabelText("Choose columns"));
    fireEvent.click(await screen.findByLabelText("External ID"));
    fireEvent.click(await screen.findByLabelText("Steps"));
    expect(new URLSearchParams(router.state.location.search).get("columns")).toBe("prompt,answer,score:baseline,source,characters,created,externalId");
    const headers = screen.getAllByRole("columnheader").map((header) => header.textContent);
    expect(headers.slice(1, 5)).toEqual(["Prompt", "Final answer", "baseline", "Source"]);
  });

  it("suggests what is stored when a filter is written", async () => {
    answerTraces(1);
    show();
    await screen.findByText("Prompt 1");
    fireEvent.click(screen.getByText("Filter"));
    fireEvent.click(await screen.findByText("Source", { selector: "[role=menuitem] *" }));
    await waitFor(() => expect(document.querySelector("datalist option")).toHaveTextContent("gsm8k"));
  });

  it("explains what to do when there is nothing, when nothing matches, and when the list is refused", async () => {
    answerTraces(0);
    const { unmount } = show();
    expect((await screen.findByText("Upload traces")).closest("a")).toHaveAttribute("href", "/traces/upload");
    unmount();

    const { router, unmount: leave } = show(`?where=${where({ search: "proof" })}`);
    fireEvent.click(await screen.findByText("Clear the filter"));
    expect(router.state.location.search).toBe("");
    leave();

    refuse("Traces", "TIMEOUT", "The query took too long.");
    show();
    expect(await screen.findByText("The query took too long.")).toBeVisible();
    answerTraces(1);
    fireEvent.click(screen.getByText("Try again"));
    expect(await screen.findByText("Prompt 1")).toBeVisible();
  });
});
