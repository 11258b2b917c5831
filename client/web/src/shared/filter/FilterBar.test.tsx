import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, useState } from "react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { FilterBar } from "./FilterBar.tsx";
import type { Where } from "./model/clauses.ts";
import { TRACE_SHAPE } from "./model/shapes.ts";

const SUGGESTIONS = { values: { "TraceWhere.source": ["gsm8k"] }, metaPaths: [
    { path: ["split"], examples: ["train", 5] },
    { path: ["a.b", "c"], examples: [] },
  ] };

function Bar({ initial }: { initial: Where }): ReactElement {
  const [where, setWhere] = useState(initial);
  return (
    <>
      <FilterBar shape={TRACE_SHAPE} where={where} onChange={setWhere} suggestions={SUGGESTIONS} />
      <output>{JSON.stringify(where)}</output>
    </>
  );
}

function open(initial: Where = {}): void {
  renderPage(<Bar initial={initial} />);
}

const filteredBy = (where: string): string => `/?${new URLSearchParams({ where })}`;

/** The filter that the bar makes. */
const query = (): unknown => JSON.parse(document.querySelector("output")?.textContent ?? "");

async function add(field: string): Promise<void> {
  fireEvent.click(screen.getByText("Filter"));
  fireEvent.click(await screen.findByText(field, { selector: "[role=menuitem] *" }));
  await screen.findByText("Apply");
}

function input(label: string, at = 0): HTMLElement {
  const found = screen.getAllByLabelText(label)[at];
  if (found === undefined) {
    throw new Error(`There is no ${label}`);
  }
  return found;
}

function fill(label: string, value: string, at = 0): void {
  fireEvent.change(input(label, at), { target: { value } });
}

async function fillList(values: readonly string[]): Promise<void> {
  await userEvent.type(input("Values"), values.map((value) => `${value}{Enter}`).join(""));
}

const suggestionTexts = (): unknown => [...document.querySelectorAll("datalist option")].map((option) => option.textContent);
const apply = (): boolean => fireEvent.submit(screen.getByText("Apply"));

describe("FilterBar", () => {
  it("reports when the address has a filter that it cannot read", () => {
    const { unmount } = renderPage(<Bar initial={{}} />, { at: filteredBy('{"stepCount":{"gte":3}}') });
    expect(screen.queryByRole("alert")).toBeNull();
    unmount();
    for (const unread of ["zzz", '{"foo":1}']) {
      const { unmount: leave } = renderPage(<Bar initial={{}} />, { at: filteredBy(unread) });
      expect(screen.getByRole("alert")).toHaveTextContent("The filter in the address cannot be read, so it is ignored.");
      leave();
    }
  });

  it("asks for datasets, alternatives and negations", async () => {
    open();
    await add("Datasets");
    fill("Add a condition", "status");
    fill("Operator", "in");
    await fillList(["COMPLETED"]);
    apply();
    await add("Any of…");
    fill("Add a condition", "source", 0);
    fill("Value", "a");
    fill("Add a condition", "stepCount", 1);
    fill("Value", "2", 1);
    fireEvent.click(screen.getByText("Add an alternative"));
    expect(screen.getAllByLabelText("Remove this alternative")).toHaveLength(3);
    fireEvent.click(input("Remove this alternative", 2));
    apply();
    await add("Not…");
    fill("Add a condition", "search");
    fill("Words", "proof");
    apply();
    expect(query()).toEqual({
      datasets: { some: { status: { in: ["PENDING", "COMPLETED"] } } },
      or: [{ source: { eq: "a" } }, { stepCount: { eq: 2 } }],
      not: { search: "proof" },
    });
  });

  it("searches the text, changes and removes chips, and takes the whole as JSON", async () => {
    open({ source: { eq: "a" } });
    const search = screen.getByLabelText("Search the traces");
    fireEvent.change(search, { target: { value: " two words " } });
    fireEvent.keyDown(search, { key: "Enter" });
    expect(query()).toEqual({ search: "two words", source: { eq: "a" } });
    // A browser clears the field by Escape unless that is prevented.
    expect(fireEvent.keyDown(search, { key: "Escape" })).toBe(false);
    expect(search).toHaveValue("two words");
    await userEvent.type(search, " more{Escape}");
    expect(search).toHaveValue("two words");
    expect(query()).toEqual({ search: "two words", source: { eq: "a" } });

    fireEvent.click(screen.getByTitle("Source is a"));
    await screen.findByText("Apply");
    fill("Value", "");
    expect(screen.getByText("Apply").closest("button")).toBeDisabled();
    fill("Value", "b");
    apply();
    expect(query()).toEqual({ search: "two words", source: { eq: "b" } });
    fireEvent.click(screen.getByLabelText("Remove the filter: Source is b"));
    fireEvent.click(screen.getByLabelText("Clear the search"));
    expect(query()).toEqual({});

    fireEvent.click(screen.getByLabelText("Edit as JSON"));
    await screen.findByText("Apply");
    fill("Filter as JSON", '{"source": {"like": "a"}}');
    fireEvent.click(screen.getByText("Apply"));
    expect(screen.getByText("source has no operator like.")).toBeVisible();
    fill("Filter as JSON", '{"source": {"ne": "a"}}');
    fireEvent.click(screen.getByText("Apply"));
    expect(query()).toEqual({ source: { ne: "a" } });
    fireEvent.click(screen.getByText("Clear"));
    expect(query()).toEqual({});
  });

  it("closes the editor of a removed condition, and keeps texts with theirs", async () => {
    open({ source: { eq: "a" }, stepCount: { gte: 3 } });
    fireEvent.click(screen.getByTitle("Source is a"));
    fireEvent.click(await screen.findByText("Remove"));
    await waitFor(() => expect(screen.queryByText("Apply")).toBeNull());
    expect(query()).toEqual({ stepCount: { gte: 3 } });

    await add("Scores");
    fireEvent.keyDown(input("Quantifier"), { key: "Escape" });
    expect(screen.getByText("Filter").closest("button")).toHaveFocus();
    await add("Scores");
    fill("Add a condition", "scorer");
    fill("Value", "baseline");
    fill("Add a condition", "rationale");
    fill("Value", "too short", 1);
    fireEvent.click(input("Remove Scorer"));
    expect(input("Value")).toHaveValue("too short");
    fill("Add a condition", "scorer");
    expect(input("Value", 1)).toHaveValue("");
    fill("Value", "review", 1);
    apply();
    expect(screen.getByText("Filter").closest("button")).toHaveFocus();
    expect(query()).toMatchObject({ scores: { some: { rationale: { eq: "too short" }, scorer: { eq: "review" } } } });
  });

  it("suggests what is stored, and keeps the keys of a stored path apart", async () => {
    open();
    await add("Metadata");
    fill("Path", "a.b.c");
    fill("Value", "1");
    apply();
    expect(query()).toEqual({ meta: [{ path: ["a.b", "c"], eq: 1 }] });
    await add("Source");
    expect(suggestionTexts()).toEqual(["gsm8k"]);
    fireEvent.keyDown(input("Value"), { key: "Escape" });
    await add("Metadata");
    fill("Path", "split");
    expect(suggestionTexts()).toEqual(["split", "a.b.c", "train", "5"]);
  });
});
