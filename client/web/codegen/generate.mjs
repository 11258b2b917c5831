// Writes src/gql: types, typed documents, possible types and the persisted documents, from schema.graphql and the
// documents in src. With --check it writes nothing and fails if what is stored is stale.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { CodeFileLoader } from "@graphql-tools/code-file-loader";
import { loadDocuments } from "@graphql-tools/load";
import { buildSchema, isAbstractType, Kind, parse, visit } from "graphql";
import { SCALARS } from "./scalars.mjs";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT = join(WEB, "src/gql/");
const SOURCES = [`${WEB}src/**/*.{ts,tsx}`, `!${WEB}src/gql/**`, `!${WEB}src/**/*.test.{ts,tsx}`];
const HEADER = "// Written by `npm run codegen`; do not edit.\n";

/** Selects `__typename` wherever the cache needs it: everywhere but at the root of an operation. */
const withTypename = {
  transform: ({ documents }) =>
    documents.map((file) => ({
      ...file,
      document: file.document && visit(file.document, { SelectionSet: addTypename }),
    })),
};

function addTypename(node, _key, parent) {
  const isRoot = parent?.kind === Kind.OPERATION_DEFINITION;
  const hasIt = node.selections.some((selected) => selected.kind === Kind.FIELD && selected.name.value === "__typename");
  if (isRoot || hasIt) {
    return undefined;
  }
  const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
  return { ...node, selections: [...node.selections, typename] };
}

async function outputs() {
  const text = await readFile(join(WEB, "../../schema.graphql"), "utf8");
  const schema = buildSchema(text);
  const documents = await loadDocuments(SOURCES, { loaders: [new CodeFileLoader({ pluckConfig: PLUCKED })], cwd: WEB });
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: OUTPUT,
    schema: parse(text),
    schemaAst: schema,
    documents,
    documentTransforms: [{ name: "withTypename", transformObject: withTypename, config: {} }],
    plugins: [],
    pluginMap: {},
    pluginContext: {},
    config: CONFIG,
    presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: "sha256" } },
  });
  const written = sections.map(async (section) => [relative(OUTPUT, section.filename), await codegen(section)]);
  return withoutUnmask(new Map([...(await Promise.all(written)), ["possible-types.ts", possibleTypes(schema)]]));
}

const PERSISTED = "persisted-documents.json";

/** Takes `@unmask`, which only the client understands, out of the persisted documents, and updates their hashes. */
function withoutUnmask(files) {
  const documents = Object.entries(JSON.parse(files.get(PERSISTED)));
  const clean = documents.map(([hash, text]) => {
    const sent = text.replaceAll(" @unmask", "");
    return sent === text ? [hash, hash, text] : [hash, `sha256:${createHash("sha256").update(sent).digest("hex")}`, sent];
  });
  const changed = clean.filter(([before, after]) => before !== after);
  const rehash = (content) => changed.reduce((text, [before, after]) => text.replaceAll(before, after), content);
  const manifest = JSON.stringify(Object.fromEntries(clean.map(([, hash, text]) => [hash, text])), null, 2);
  return new Map([...files].map(([name, content]) => [name, name === PERSISTED ? `${manifest}\n` : rehash(content)]));
}

const PLUCKED = { modules: [{ name: "gql", identifier: "graphql" }], globalGqlIdentifierName: ["graphql"], skipIndent: true };

const CONFIG = {
  scalars: SCALARS,
  strictScalars: true,
  enumsAsTypes: true,
  nonOptionalTypename: true,
  skipTypeNameForRoot: true,
  useTypeImports: true,
  inlineFragmentTypes: "mask",
  customDirectives: { apolloUnmask: true },
};

function possibleTypes(schema) {
  const found = Object.values(schema.getTypeMap())
    .filter((type) => isAbstractType(type) && !type.name.startsWith("__"))
    .map((type) => [type.name, schema.getPossibleTypes(type).map((possible) => possible.name).toSorted()]);
  return `${HEADER}\nexport const possibleTypes: Record<string, string[]> = ${JSON.stringify(Object.fromEntries(found), null, 2)};\n`;
}

async function readStored(name) {
  return await readFile(join(OUTPUT, name), "utf8").catch(() => undefined);
}

const files = await outputs();
if (process.argv.includes("--check")) {
  const isStale = await Promise.all([...files].map(async ([name, content]) => (await readStored(name)) !== content));
  const stale = [...files.keys()].filter((_, index) => isStale[index]);
  const left = (await readdir(OUTPUT)).filter((name) => !files.has(name));
  if (stale.length + left.length > 0) {
    console.error(`src/gql is stale (${[...stale, ...left].join(", ")}): run npm run codegen`);
    process.exit(1);
  }
} else {
  await rm(OUTPUT, { recursive: true, force: true });
  await mkdir(OUTPUT, { recursive: true });
  await Promise.all([...files].map(([name, content]) => writeFile(join(OUTPUT, name), content)));
}
