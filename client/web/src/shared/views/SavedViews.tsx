import { Button, Popover } from "@mantine/core";
import { IconBookmark } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactElement, useState } from "react";
import type { SavedViewPage } from "../../gql/graphql.ts";
import { ViewList } from "./ViewList.tsx";

/** The button that opens, saves and deletes named views of a page: filter, order and columns as its address has them. */
export function SavedViews({ page }: { page: SavedViewPage }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const [isAsking, setAsking] = useState(false);
  // Mantine's own way would also close it by an Escape that is meant for the question over it.
  const closeByEscape = ({ key, target }: KeyboardEvent): void => {
    if (key === "Escape" && target instanceof Element && target.closest("[data-question]") === null) {
      setOpen(false);
    }
  };
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      width={280}
      trapFocus
      returnFocus
      closeOnEscape={false}
      closeOnClickOutside={!isAsking}
    >
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
      <Popover.Dropdown p="sm" onKeyDown={closeByEscape}>
        {isOpen && <ViewList page={page} onClose={() => setOpen(false)} onAsk={setAsking} />}
      </Popover.Dropdown>
    </Popover>
  );
}
