import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "..");

/** The classes that a component uses of its stylesheets, and that these do not have. */
function missingClasses(path: string): string[] {
  const code = readFileSync(path, "utf8");
  return [...code.matchAll(/import (?<name>\w+) from "(?<file>[^"]+\.module\.css)"/g)].flatMap(({ groups }) => {
    const { name = "", file = "" } = groups ?? {};
    const stylesheet = readFileSync(join(dirname(path), file), "utf8");
    const used = [...code.matchAll(new RegExp(`\\b${name}\\.(?<used>\\w+)`, "g"))].map((found) => found.groups?.["used"] ?? "");
    return used.filter((each) => !new RegExp(`\\.${each}\\b`).test(stylesheet)).map((each) => `${path}: .${each}`);
  });
}

it("has each class that a component uses in the stylesheet that the component imports", () => {
  const components = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tsx"));
  expect(components.length).toBeGreaterThan(100);
  expect(components.flatMap((path) => missingClasses(join(SOURCES, path)))).toEqual([]);
});

it("lets no cell of a table inherit the background of its row, whose cells would be styled again with each move", () => {
  const table = readFileSync(join(SOURCES, "shared", "table", "DataTable.module.css"), "utf8");
  expect(table).toContain("background: var(--row-ground)");
  expect(table).not.toMatch(/^\s*background[-a-z]*: inherit/m);
});
