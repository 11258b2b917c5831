import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./bundling/precompress.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The server that `npm run dev` uses. */
const SERVER = process.env["TUNIX_RT_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  root: here("graphiql"),
  // Relative, so that the page works wherever the server is mounted.
  base: "./",
  plugins: [react(), precompress()],
  worker: { format: "es" },
  logLevel: "warn",
  build: {
    outDir: here("../../server/tunix_rt/web/graphiql"),
    emptyOutDir: true,
    target: "es2023",
    // The page's content security policy allows no data: address for fonts and scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // GraphiQL makes the labels of its icons from the names of functions.
      output: { keepNames: true },
      onLog(level, log, handle) {
        // Directives for the React compiler, which does not run here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") {
          handle(level, log);
        }
      },
    },
    license: { fileName: "licenses.md" },
  },
  server: {
    proxy: { "/graphql": { target: SERVER, ws: true, changeOrigin: true } },
  },
});
