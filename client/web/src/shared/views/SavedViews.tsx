import { Button, Popover } from "@mantine/core";
import { IconBookmark } from "@tabler/icons-react";
import { type ReactElement, useState } from "react";
import type { SavedViewPage } from "../../gql/graphql.ts";
import { ViewList } from "./ViewList.tsx";

/** The button that opens, saves and deletes named views of a page: filter, order and columns as its address has them. */
export function SavedViews({ page }: { page: SavedViewPage }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          aria-expanded={isOpen}
          leftSection={<IconBookmark size={15} stroke={1.6} />}
          onClick={() => setOpen(!isOpen)}
        >
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">{isOpen && <ViewList page={page} onClose={() => setOpen(false)} />}</Popover.Dropdown>
    </Popover>
  );
}
