import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

/** A document of `graphql.ts`: its name, and the document itself, which is JSON. */
const DOCUMENT = /^export const (?<name>\w+) = (?<document>\{.*\}) as unknown as /gm;
/** An entry of `gql.ts`: the text of a document, as a string of JSON, and the document's name. */
const TEXT = /^ {4}(?<text>"(?:\\.|[^"\\])*"): types\.(?<name>\w+),$/gm;
const CALL = /\bgraphql\(`(?<text>[^`]*)`\)/g;
const IMPORT = /^import \{ graphql \} from "[./]*gql\/gql\.ts";$/m;

/**
 * Puts each generated GraphQL document into the module that declares it. The function `graphql`, which finds them by
 * their text, has the documents of all pages, so that every page would load them.
 */
export function inlineDocuments(generated: string): Plugin {
  let documents: ReadonlyMap<string, string> = new Map();
  return {
    name: "inline-documents",
    apply: "build",
    enforce: "pre",
    async buildStart() {
      documents = await documentsByText(generated);
    },
    transform(code) {
      if (!IMPORT.test(code)) {
        return undefined;
      }
      return code.replace(IMPORT, "").replaceAll(CALL, (call: string, text: string) => {
        return documents.get(text) ?? this.error(`src/gql is stale, run npm run codegen: it lacks ${call}`);
      });
    },
  };
}

async function documentsByText(generated: string): Promise<ReadonlyMap<string, string>> {
  const [documents, texts] = await Promise.all(["graphql.ts", "gql.ts"].map((name) => readFile(join(generated, name), "utf8")));
  const byName = new Map([...(documents ?? "").matchAll(DOCUMENT)].map(({ groups }) => [groups?.["name"], groups?.["document"] ?? ""]));
  return new Map(
    [...(texts ?? "").matchAll(TEXT)].map(({ groups }) => [JSON.parse(groups?.["text"] ?? '""') as string, byName.get(groups?.["name"]) ?? ""]),
  );
}
