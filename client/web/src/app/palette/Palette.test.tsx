import { act, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { useLocation } from "react-router";
import { expect, it, vi } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import type { PaletteFindQuery } from "../../gql/graphql.ts";
import { useKeys } from "../../shared/keyboard/Keys.tsx";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { fixedCommands, matchCommands } from "./commands.ts";
import { foundPlaces } from "./places.ts";
import { PaletteButton } from "./PaletteButton.tsx";

const UUID = "01a2252b-75bd-7665-83c2-c19ebe29c52b";
const none = { __typename: "Connection", edges: [] };

function foundRecords(parts: object = {}): object {
  return { datasets: none, runs: none, generations: none, evaluations: none, savedViews: none, traceGroup: null, named: none, ...parts };
}

const edge = (node: object): object => ({ __typename: "Connection", edges: [{ __typename: "Edge", node }] });

async function searchFor(text: string): Promise<void> {
  await userEvent.keyboard("{Control>}k{/Control}");
  fireEvent.change(await screen.findByRole("combobox", { name: "Search or jump to" }), { target: { value: text } });
}

it("opens with Ctrl-K, closes with Escape, and goes to a page by its name", async () => {
  answer("PaletteFind", foundRecords());
  refuse("PaletteSearch", "BAD_USER_INPUT", "Search for a word.");
  const { router } = renderPage(<PaletteButton />, { at: "/", path: "/" });

  await userEvent.keyboard("{Control>}k{/Control}");
  await screen.findByRole("combobox", { name: "Search or jump to" });
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("combobox")).toBeNull();
  await userEvent.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox", { name: "Search or jump to" });
  await userEvent.type(field, "data");

  const options = within(screen.getByRole("listbox")).getAllByRole("option", { hidden: true });
  expect(options.map((option) => option.textContent)).toEqual(["Datasetsg d", "New dataset"]);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(router.state.location.pathname).toBe("/datasets/new");
});

it("has what is typed before it is shown, and nothing of the last time", async () => {
  answer("PaletteFind", foundRecords());
  answer("PaletteSearch", { traces: none });
  renderPage(<PaletteButton />, { at: "/", path: "/" });
  await userEvent.keyboard("{Control>}k{/Control}");
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "o" });
  expect(await screen.findByRole("combobox", { name: "Search or jump to" })).toHaveValue("go");
  await userEvent.keyboard("{Escape}{Control>}k{/Control}");
  expect(await screen.findByRole("combobox", { name: "Search or jump to" })).toHaveValue("");
});

it("finds records by id, key, name and words, and closes with Ctrl-K", async () => {
  const sent = vi.fn<(variables: object) => void>();
  const node = { __typename: "Score", kind: "Score", id: "s", scorer: "me", trace: { __typename: "Trace", id: "t", uuid: UUID } };
  answer("PaletteFind", (variables) => {
    sent(variables);
    return variables["isId"] === true
      ? foundRecords({ node })
      : foundRecords({
          datasets: edge({ __typename: "Dataset", id: "d", key: "sums-v1" }),
          runs: edge({ __typename: "Run", id: "r", uuid: "run-uuid", outputName: "sums run", modelId: "tiny" }),
        });
  });
  answer("PaletteSearch", { traces: edge({ __typename: "Trace", id: "x", uuid: "x", promptPreview: "Sums of squares" }) });
  const { router } = renderPage(<PaletteButton />, { at: "/", path: "*" });
  await userEvent.click(screen.getByRole("button", { name: /Search or jump to/ }));
  const field = await screen.findByRole("combobox", { name: "Search or jump to" });

  await userEvent.type(field, "sums");
  expect(await screen.findByRole("option", { name: "Sums of squares", hidden: true })).toBeInTheDocument();
  expect(screen.getByRole("option", { name: /^sums run/, hidden: true })).toHaveTextContent("sums runtiny");

  await userEvent.clear(field);
  await userEvent.type(field, UUID);
  await userEvent.click(await screen.findByRole("option", { name: /^Score of me/, hidden: true }));
  expect(router.state.location.pathname).toBe(`/traces/${UUID}`);
  expect(sent).toHaveBeenLastCalledWith({ text: UUID, id: UUID, isId: true, isAdmin: false });

  await userEvent.click(screen.getByRole("button", { name: /Search or jump to/ }));
  await screen.findByRole("combobox", { name: "Search or jump to" });
  await userEvent.keyboard("{Control>}k{/Control}");
  expect(screen.queryByRole("textbox", { name: "Search or jump to" })).toBeNull();
});

it("finds what was made since the same text was searched for", async () => {
  answer("PaletteFind", foundRecords());
  answer("PaletteSearch", { traces: none });
  renderPage(<PaletteButton />, { at: "/", path: "*" });
  await searchFor("demo");
  expect(await screen.findByText("Nothing is called “demo”.")).toBeInTheDocument();
  await userEvent.keyboard("{Escape}");

  answer("PaletteFind", foundRecords({ runs: edge({ __typename: "Run", id: "r", uuid: "u", outputName: "demo", modelId: "tiny" }) }));
  await searchFor("demo");
  expect(await screen.findByRole("option", { name: /^demo/, hidden: true })).toBeInTheDocument();
});

it("finds generations, evaluations, groups and saved views", async () => {
  answer("PaletteFind", {
    ...foundRecords({
      generations: edge({ __typename: "Generation", id: "g", uuid: "g-uuid", modelId: "run:sums", createdAt: "2026-05-04T03:02:01Z" }),
      evaluations: edge({ __typename: "Evaluation", id: "e", uuid: "e-uuid", name: "sums, twice", datasetKey: "sums-1" }),
      savedViews: edge({ __typename: "SavedView", id: "v", page: "TRACES", name: "long sums", search: "?order=-steps" }),
      traceGroup: { __typename: "TraceGroup", key: "sums", promptPreview: "What is the sum?" },
    }),
  });
  answer("PaletteSearch", { traces: none });
  const { router } = renderPage(<PaletteButton />, { at: "/", path: "*" });
  const choose = async (name: RegExp): Promise<string> => {
    await userEvent.click(screen.getByRole("button", { name: /Search or jump to/ }));
    await userEvent.type(await screen.findByRole("combobox", { name: "Search or jump to" }), "sums");
    await userEvent.click(await screen.findByRole("option", { name, hidden: true }));
    return `${router.state.location.pathname}${router.state.location.search}`;
  };
  expect(await choose(/^run:sums/)).toBe("/generations/g-uuid");
  expect(await choose(/^sums, twice/)).toBe("/evaluations/e-uuid");
  expect(await choose(/^long sums/)).toBe("/traces?order=-steps");
  expect(await choose(/^What is the sum/)).toBe("/groups/sums");
});

it.each([
  [{ kind: "Trace", uuid: "t", promptPreview: "" }, "/traces/t", "(empty prompt)"],
  [{ kind: "Dataset", key: "a-1" }, "/datasets/a-1", "a-1"],
  [{ kind: "Run", uuid: "r", outputName: null, modelId: "tiny" }, "/runs/r", "Run r"],
  [{ kind: "Generation", uuid: "g", modelId: "tiny", createdAt: "2026-05-04T03:02:01Z" }, "/generations/g", "tiny"],
  [{ kind: "Evaluation", uuid: "e", name: "first", datasetKey: "a-1" }, "/evaluations/e", "first"],
  [{ kind: "EvaluationCandidate", evaluation: { uuid: "e", name: "first", datasetKey: "a-1" } }, "/evaluations/e", "first"],
  [{ kind: "ApiKey", uuid: "k", name: "cluster", prefix: "trt_abc" }, "/keys/k", "cluster"],
  [{ kind: "SavedView", page: "REVIEW", name: "hard", search: "?q=x" }, "/review?q=x", "hard"],
])("finds %o by its id", (node, path, label) => {
  expect(foundPlaces({ node } as unknown as PaletteFindQuery)).toMatchObject([{ path, label }]);
});

it("has the actions of the open page, but not those that are disabled", async () => {
  answer("PaletteFind", foundRecords());
  answer("PaletteSearch", { traces: none });
  const remove = vi.fn<() => void>();
  renderPage(
    <>
      <PaletteButton />
      <PageHeader title="Datasets">
        <button onClick={remove}>Delete it</button>
        <button disabled>Delete all</button>
        <a href="/elsewhere" aria-label="Delete elsewhere">
          x
        </a>
      </PageHeader>
    </>,
  );
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox", { name: "Search or jump to" }), "delete");
  const options = within(screen.getByRole("listbox")).getAllByRole("option", { hidden: true });
  expect(options.map((option) => option.textContent)).toEqual(["Delete it", "Delete elsewhere"]);
  await userEvent.keyboard("{Enter}");
  expect(remove).toHaveBeenCalledOnce();
});

function TwoPages(): ReactElement {
  const { pathname } = useLocation();
  return (
    <>
      <PaletteButton />
      <main id="page">
        <PageHeader key={pathname} title="Page">
          <button>Delete {pathname}</button>
        </PageHeader>
      </main>
    </>
  );
}

it("offers the actions of the page that has come, where it is opened before a page has given way to it", async () => {
  const { router } = renderPage(<TwoPages />, { at: "/old" });
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox", { name: "Search or jump to" }), "delete");
  await screen.findByRole("option", { name: "Delete /old", hidden: true });
  await act(async () => await router.navigate("/new"));
  const options = within(screen.getByRole("listbox")).getAllByRole("option", { hidden: true });
  expect(options.map((option) => option.textContent)).toEqual(["Delete /new"]);
});

it("finds nothing where an id has no page", () => {
  expect(foundPlaces({ node: { kind: "Rubric", id: "x" } } as unknown as PaletteFindQuery)).toEqual([]);
  expect(foundPlaces(undefined)).toEqual([]);
});

const BINDINGS = [{ keys: "n", label: "Next in line", run: vi.fn<() => void>() }];

function Bound(): null {
  useKeys("Queue", BINDINGS);
  return null;
}

it("runs what a key of the open page does, and reports if nothing is found", async () => {
  answer("PaletteFind", foundRecords());
  answer("PaletteSearch", { traces: none });
  renderPage(
    <>
      <PaletteButton />
      <Bound />
    </>,
  );
  await userEvent.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox", { name: "Search or jump to" });

  await userEvent.type(field, "zebra");
  expect(await screen.findByText("Nothing is called “zebra”.")).toBeInTheDocument();
  await userEvent.clear(field);
  await userEvent.type(field, "line{Enter}");
  expect(BINDINGS[0]?.run).toHaveBeenCalledOnce();
});

it("has the actions of every page", () => {
  const go = vi.fn<(path: string) => void>();
  const toggleColours = vi.fn<() => void>();
  const commands = fixedCommands([], { go, toggleColours, showQuery: null }, []);
  const chosen = ["start run", "colours", "query"].map((text) => matchCommands(commands, text)[0]);
  for (const command of chosen) {
    command?.run();
  }
  expect(go.mock.calls).toEqual([["/runs/new"]]);
  expect(toggleColours).toHaveBeenCalledOnce();
  expect(chosen[2]).toBeUndefined();
});
