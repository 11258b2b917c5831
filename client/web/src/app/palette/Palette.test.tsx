import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { answer, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { useKeys } from "../../shared/keyboard/Keys.tsx";
import { fixedCommands, matching } from "./commands.ts";
import { PaletteButton } from "./PaletteButton.tsx";

const UUID = "01a2252b-75bd-7665-83c2-c19ebe29c52b";
const none = { __typename: "Connection", edges: [] };

function found(parts: object = {}): object {
  return { datasets: none, runs: none, named: none, ...parts };
}

const edge = (node: object): object => ({ __typename: "Connection", edges: [{ __typename: "Edge", node }] });

it("opens with Ctrl-K, closes with Escape, and goes to a page by its name", async () => {
  answer("PaletteFind", found());
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

it("finds records by id, key, name and words, and closes with Ctrl-K", async () => {
  const sent = vi.fn<(variables: object) => void>();
  const node = { __typename: "Score", kind: "Score", id: "s", scorer: "me", trace: { __typename: "Trace", id: "t", uuid: UUID } };
  answer("PaletteFind", (variables) => {
    sent(variables);
    return variables["isId"] === true
      ? found({ node })
      : found({
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
  expect(sent).toHaveBeenLastCalledWith({ text: UUID, id: UUID, isId: true });

  await userEvent.click(screen.getByRole("button", { name: /Search or jump to/ }));
  await screen.findByRole("combobox", { name: "Search or jump to" });
  await userEvent.keyboard("{Control>}k{/Control}");
  expect(screen.queryByRole("textbox", { name: "Search or jump to" })).toBeNull();
});

const BINDINGS = [{ keys: "n", label: "Next in line", run: vi.fn<() => void>() }];

function Bound(): null {
  useKeys("Queue", BINDINGS);
  return null;
}

it("runs what a key of the open page does, and says if nothing is found", async () => {
  answer("PaletteFind", found());
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
  const chosen = ["start run", "colours", "query"].map((text) => matching(commands, text)[0]);
  for (const command of chosen) {
    command?.run();
  }
  expect(go.mock.calls).toEqual([["/runs/new"]]);
  expect(toggleColours).toHaveBeenCalledOnce();
  expect(chosen[2]).toBeUndefined();
});
