// Runs the app of a guide: node guide.mjs FOLDER, which has codegen.ts, schema.graphql and src/. It generates the types by
// the guide's configuration, checks the sources by them, and runs src/main.ts.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { CodeFileLoader } from "@graphql-tools/code-file-loader";
import { loadDocuments } from "@graphql-tools/load";
import { buildSchema, parse } from "graphql";
import ts from "typescript";
import { WebSocket } from "undici";
import { createServer } from "vite";

const [folder] = process.argv.slice(2);

async function generate() {
  const text = ts.transpile(await readFile(join(folder, "codegen.ts"), "utf8"), { module: ts.ModuleKind.ESNext });
  const { default: guide } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const schema = await readFile(join(folder, guide.schema), "utf8");
  // As the command of GraphQL Code Generator reads documents.
  const loaders = [new CodeFileLoader({ pluckConfig: { skipIndent: true } })];
  const documents = await loadDocuments(guide.documents, { loaders, cwd: folder });
  const [[output, { config, presetConfig }]] = Object.entries(guide.generates);
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: join(folder, output),
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents,
    plugins: [],
    pluginMap: {},
    config,
    presetConfig,
  });
  await Promise.all(sections.map(write));
}

async function write(section) {
  await mkdir(dirname(section.filename), { recursive: true });
  await writeFile(section.filename, await codegen(section));
}

function check() {
  const program = ts.createProgram([join(folder, "src/main.ts"), join(folder, "src/Longest.tsx")], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    jsx: ts.JsxEmit.ReactJSX,
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => "\n" };
  const found = ts.getPreEmitDiagnostics(program);
  if (found.length > 0) {
    throw new Error(ts.formatDiagnostics(found, host));
  }
}

async function run() {
  globalThis.WebSocket ??= WebSocket;
  const server = await createServer({
    root: folder,
    cacheDir: join(folder, ".vite"),
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true },
  });
  await server.ssrLoadModule("/src/main.ts");
  await server.close();
}

await generate();
check();
await run();
process.exit();
