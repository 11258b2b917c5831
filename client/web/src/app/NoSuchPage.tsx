import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { EmptyState } from "../shared/feedback/EmptyState.tsx";

/** What stands at an address that no page has. */
export function NoSuchPage(): ReactElement {
  const { pathname } = useLocation();
  return (
    <EmptyState
      title="There is no such page"
      actions={
        <Button component={Link} to="/">
          Go to the overview
        </Button>
      }
    >
      Nothing is at {pathname}.
    </EmptyState>
  );
}
