import { Button } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { type DocumentNode, print, visit } from "graphql";
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

interface PageQuery {
  document: DocumentNode;
  variables: Record<string, unknown>;
}

interface Shown {
  query: PageQuery | null;
  show: (query: PageQuery | null) => void;
}

const Context = createContext<Shown>({ query: null, show: () => {} });

/** Holds the query of the page that is open. */
export function PageQueryProvider({ children }: { children: ReactNode }): ReactElement {
  const [query, show] = useState<PageQuery | null>(null);
  const value = useMemo(() => ({ query, show }), [query]);
  return <Context value={value}>{children}</Context>;
}

/** Registers the query of the open page with the frame, so that "Show the query" opens it in GraphiQL. */
export function usePageQuery(document: DocumentNode, variables: Record<string, unknown> = {}): void {
  const { show } = useContext(Context);
  const text = JSON.stringify(variables);
  useEffect(() => {
    show({ document, variables: JSON.parse(text) as Record<string, unknown> });
    return () => show(null);
  }, [document, text, show]);
}

/** The address of GraphiQL with the open page's query; null on a page without one. */
export function useQueryAddress(): string | null {
  const { query } = useContext(Context);
  return useMemo(() => query && graphiqlAddress(query), [query]);
}

/** Opens GraphiQL with the open page's query; nothing on a page without one. */
export function ShowQueryLink(): ReactElement | null {
  const address = useQueryAddress();
  if (address === null) {
    return null;
  }
  return (
    <Button
      component="a"
      href={address}
      target="_blank"
      rel="noopener"
      variant="subtle"
      color="gray"
      size="compact-sm"
      leftSection={<IconCode size={16} stroke={1.6} />}
    >
      Show the query
    </Button>
  );
}

/** Returns the address of GraphiQL with a query, without the `__typename` and `@unmask` that only the cache needs. */
export function graphiqlAddress({ document, variables }: PageQuery): string {
  const plain = visit(document, {
    Field: (node) => (node.name.value === "__typename" ? null : undefined),
    Directive: (node) => (node.name.value === "unmask" ? null : undefined),
  });
  const params = new URLSearchParams({ q: print(plain) });
  if (Object.keys(variables).length > 0) {
    params.set("variables", JSON.stringify(variables, null, 2));
  }
  return `/graphiql/?${params}`;
}
