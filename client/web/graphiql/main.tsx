import "graphiql/setup-workers/vite";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { DocumentationScroll } from "./documentation.ts";
import { EXAMPLES, EXAMPLES_PLUGIN } from "./examples.tsx";
import { fetcherFor } from "./fetcher.ts";
import { CopyLinkButton, readLink } from "./share.tsx";

const fetcher = fetcherFor(location.href);
const plugins = [explorerPlugin(), HISTORY_PLUGIN, EXAMPLES_PLUGIN];
const examples = EXAMPLES.map(({ query }) => ({ query }));
const shared = readLink(location.href);

const root = document.getElementById("graphiql");
if (root === null) {
  throw new Error("index.html has no place for GraphiQL");
}
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    schemaDescription
    defaultTabs={shared ? [shared, ...examples] : examples}
    initialQuery={shared?.query}
    initialVariables={shared?.variables}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
  >
    <GraphiQL.Logo>
      tunix-rt <em>GraphiQL</em>
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, copy, merge }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <CopyLinkButton />
          <DocumentationScroll />
        </>
      )}
    </GraphiQL.Toolbar>
  </GraphiQL>,
);
