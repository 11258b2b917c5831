import { groupBy } from "../../shared/groupBy.ts";
import type { KeySection } from "../../shared/keyboard/keys.ts";
import type { Page } from "../pages.ts";

/** Something that the palette can do. */
export interface Command {
  id: string;
  /** The heading that it is listed under. */
  group: string;
  label: string;
  /** The text beside the label; empty for none. */
  note: string;
  run: () => void;
}

/** The objects that the palette's built-in commands act on. */
export interface Actions {
  go: (path: string) => void;
  toggleColours: () => void;
  showQuery: (() => void) | null;
}

const NEW: readonly (readonly [string, string])[] = [
  ["New dataset", "/datasets/new"],
  ["Start a run", "/runs/new"],
  ["Generate answers", "/generations/new"],
  ["New evaluation", "/evaluations/new"],
  ["Compare two scorers", "/agreement"],
  ["Upload traces", "/traces/upload"],
];

/** Returns the commands that exist on every page, then those of the keys that are bound on the open one. */
export function fixedCommands(pages: readonly Page[], actions: Actions, sections: Iterable<KeySection>): Command[] {
  const { go, toggleColours, showQuery } = actions;
  const queries = showQuery === null ? [] : [command("Actions", "Show the query", "in GraphiQL", showQuery)];
  return [
    ...pages.map(({ label, path, key }) => command("Pages", label, `g ${key}`, () => go(path))),
    ...NEW.map(([label, path]) => command("Actions", label, "", () => go(path))),
    command("Actions", "Switch between dark and light colours", "", toggleColours),
    ...queries,
    ...keyCommands(sections),
  ];
}

/** Keys of commands that are listed already, or that only move within a list. */
const LEFT_OUT = new Set(["Mod+k", "j", "k", "ArrowDown", "ArrowUp", "Enter"]);

function keyCommands(sections: Iterable<KeySection>): Command[] {
  return [...sections]
    .filter(({ heading }) => heading !== "Go to")
    .flatMap(({ heading, bindings }) =>
      bindings
        .filter(({ keys }) => !LEFT_OUT.has(keys))
        .map(({ keys, label, run }) => command(heading === "Anywhere" ? "Actions" : heading, label, keys, run)),
    );
}

const BUTTONS = "[data-actions] :is(a, button):not(:disabled, [aria-disabled='true'])";

/** Returns the commands of the buttons and links at the top of the open page, and of those for its selected rows. */
export function pageCommands(page: ParentNode): Command[] {
  return [...page.querySelectorAll<HTMLElement>(BUTTONS)]
    .map((button) => command("This page", button.ariaLabel ?? button.textContent.trim(), "", () => button.click()))
    .filter(({ label }) => label !== "");
}

function command(group: string, label: string, note: string, run: () => void): Command {
  return { id: `${group} ${label} ${note}`, group, label, note, run };
}

/** Returns the commands whose label has every word of a text, in any order; those whose label begins with it first. */
export function matchCommands(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter(({ label, group }) => words.every((word) => `${group} ${label}`.toLowerCase().includes(word)));
  const begins = ({ label }: Command): number => (label.toLowerCase().startsWith(text.trim().toLowerCase()) ? 0 : 1);
  return text.trim() === "" ? found : found.toSorted((a, b) => begins(a) - begins(b));
}

/** Returns commands divided by their group, the groups in the order in which they first occur. */
export function groupCommands(commands: readonly Command[]): [string, Command[]][] {
  return [...groupBy(commands, ({ group }) => group)];
}
