import { ToolbarButton, useGraphiQL } from "@graphiql/react";
import { type ReactElement, useState } from "react";

/** The content of a link and of a tab. */
export interface Shared {
  query: string;
  variables: string;
}

const LABEL = "Copy a link to this query";

/** Reads a link. The operation is in `q`: `query` would be run by the endpoint, were the two ever confused. */
export function readLink(page: string): Shared | undefined {
  const parameters = new URL(page).searchParams;
  const query = parameters.get("q");
  return query ? { query, variables: parameters.get("variables") ?? "" } : undefined;
}

/** A link to a page that opens with an operation. */
function linkTo(shared: Shared, page: string): string {
  const url = new URL("./", page);
  url.searchParams.set("q", shared.query);
  if (shared.variables.trim() !== "") {
    url.searchParams.set("variables", shared.variables);
  }
  return url.href;
}

/** Copies a link to the content of the open tab. */
export function CopyLinkButton(): ReactElement {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const [label, setLabel] = useState(LABEL);

  const copy = async (): Promise<void> => {
    const shared = { query: queryEditor?.getValue() ?? "", variables: variableEditor?.getValue() ?? "" };
    try {
      await navigator.clipboard.writeText(linkTo(shared, location.href));
      setLabel("Link copied");
    } catch {
      setLabel("The browser did not allow copying");
    }
  };

  return (
    <ToolbarButton label={label} onClick={() => void copy()} onPointerEnter={() => setLabel(LABEL)}>
      <LinkIcon />
    </ToolbarButton>
  );
}

function LinkIcon(): ReactElement {
  return (
    <svg
      className="graphiql-toolbar-icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M8.5 11.5a3.5 3.5 0 0 0 5 0l3-3a3.54 3.54 0 0 0-5-5l-1 1" />
      <path d="M11.5 8.5a3.5 3.5 0 0 0-5 0l-3 3a3.54 3.54 0 0 0 5 5l1-1" />
    </svg>
  );
}
