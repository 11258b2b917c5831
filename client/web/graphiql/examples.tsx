import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { ReactElement } from "react";
import datasets from "./examples/datasets.graphql?raw";
import evaluate from "./examples/evaluate.graphql?raw";
import exports from "./examples/exports.graphql?raw";
import follow from "./examples/follow.graphql?raw";
import runs from "./examples/runs.graphql?raw";
import score from "./examples/score.graphql?raw";
import search from "./examples/search.graphql?raw";
import watch from "./examples/watch.graphql?raw";
import welcome from "./examples/welcome.graphql?raw";

interface Example {
  title: string;
  about: string;
  query: string;
}

/** The examples: the page opens with the first, and any can be opened again. */
export const EXAMPLES: readonly Example[] = [
  { title: "Welcome", about: "The server, and the newest traces", query: welcome.trimEnd() },
  { title: "Search", about: "Filters, orders and pages", query: search.trimEnd() },
  { title: "Score", about: "A mutation that scores traces", query: score.trimEnd() },
  { title: "Watch", about: "Traces as they are stored", query: watch.trimEnd() },
  { title: "Datasets", about: "A dataset of the sample traces", query: datasets.trimEnd() },
  { title: "Exports", about: "A dataset as a file to train on", query: exports.trimEnd() },
  { title: "Runs", about: "A training run, as a dry run", query: runs.trimEnd() },
  { title: "Follow", about: "The states, log lines and metrics of the run, live", query: follow.trimEnd() },
  { title: "Evaluate", about: "Two sources of answers to the same prompts, compared", query: evaluate.trimEnd() },
];

/** The pane that lists the examples. */
export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: ExamplesIcon, content: Examples };

function Examples(): ReactElement {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const { addTab, setOperationName } = useGraphiQLActions();

  const open = (example: Example): void => {
    addTab();
    queryEditor?.setValue(example.query);
    // GraphiQL reads the name 100 ms later; a tab that is added before then would get the name of the tab before.
    setOperationName(example.title);
  };

  return (
    <section aria-label="Examples">
      <div className="graphiql-examples-title">Examples</div>
      <p>Each opens in a new tab.</p>
      <ul className="graphiql-examples">
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" className="graphiql-un-styled" onClick={() => open(example)}>
              <strong>{example.title}</strong> {example.about}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon(): ReactElement {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <title>examples icon</title>
      <path d="M5 4.5h14M5 9.5h14M5 14.5h9M5 19.5h9" />
    </svg>
  );
}
