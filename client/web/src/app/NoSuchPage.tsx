import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { EmptyState } from "../shared/feedback/EmptyState.tsx";
import { PageHeader } from "../shared/PageHeader.tsx";

/** The page of a URL that no page has. */
export function NoSuchPage(): ReactElement {
  const { pathname } = useLocation();
  return (
    <>
      <PageHeader title="No such page" />
      <EmptyState
        title={`Nothing is at ${pathname}`}
        actions={
          <Button component={Link} to="/">
            Go to the overview
          </Button>
        }
      >
        The address may be misspelt, or from another version.
      </EmptyState>
    </>
  );
}
