import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { inlineDocuments } from "./bundling/inlineDocuments.ts";
import { precompress } from "./bundling/precompress.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The server that `npm run dev` uses. */
const SERVER = process.env["TUNIX_RT_URL"] ?? "http://127.0.0.1:8000";
const OUTPUT = here("../../server/tunix_rt/web/app");

/** Puts the manifest of persisted documents beside the pages, from where the server reads it. */
function persistedDocuments(): Plugin {
  return {
    name: "persisted-documents",
    apply: "build",
    writeBundle: () => copyFile(here("src/gql/persisted-documents.json"), `${OUTPUT}/persisted-documents.json`),
  };
}

/** Keeps one file of each of KaTeX's fonts: every browser that runs the pages reads woff2. */
function fontsOnce(): Plugin {
  return {
    name: "fonts-once",
    enforce: "pre",
    transform: (code, id) =>
      id.includes("katex.min.css") ? code.replaceAll(/,url\([^)]+\) format\("(?:woff|truetype)"\)/g, "") : undefined,
  };
}

export default defineConfig({
  plugins: [inlineDocuments(here("src/gql")), react(), fontsOnce(), persistedDocuments(), precompress()],
  logLevel: "warn",
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: "es2023",
    // Browsers that know light-dark(), whose replacement would take the colours away.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The pages' content security policy allows no data: address for scripts and fonts.
    assetsInlineLimit: 0,
    // One chunk of libraries that every page needs.
    chunkSizeWarningLimit: 1024,
    license: { fileName: "licenses.md" },
  },
  // GraphiQL has a separate server (`npm run dev:graphiql`).
  optimizeDeps: { entries: ["index.html"] },
  server: {
    proxy: Object.fromEntries(
      ["/graphql", "/graphiql", "/v1", "/healthz", "/readyz"].map((path) => [
        path,
        // The API refuses requests of other origins, which this server's pages are.
        { target: SERVER, ws: path === "/graphql", changeOrigin: true, rewriteWsOrigin: true, headers: { origin: SERVER } },
      ]),
    ),
  },
  test: {
    environment: "jsdom",
    // One environment for all files, which src/testing/clearing.ts clears after each: a new one would import the libraries again.
    isolate: false,
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    reporters: ["dot"],
    silent: "passed-only",
    // A busy machine is no failure.
    testTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/gql/**", "src/testing/**", "src/**/*.test.{ts,tsx}", "src/app/main.tsx"],
      reporter: ["text-summary"],
      thresholds: { lines: 85 },
    },
  },
});
