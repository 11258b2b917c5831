import { ActionIcon, Group, Kbd, Modal, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, type ReactNode, useMemo } from "react";
import { useDispatcher, useKeys } from "./Keys.tsx";
import type { KeySection } from "./keys.ts";

/** The button and the key (`?`) that list the keys of the open page. */
export function KeyListButton({ icon }: { icon: ReactNode }): ReactElement {
  const [isOpen, list] = useDisclosure(false);
  const dispatcher = useDispatcher();
  const keys = useMemo(() => [{ keys: "?", label: "Show this list", run: list.open }], [list]);
  useKeys("Anywhere", keys);
  return (
    <>
      <Tooltip label="Keys (?)">
        <ActionIcon size="lg" aria-label="Show the keys" onClick={list.open}>
          {icon}
        </ActionIcon>
      </Tooltip>
      <Modal opened={isOpen} onClose={list.close} title="Keys" size="md">
        {isOpen && <KeyTable sections={[...dispatcher.sections]} />}
      </Modal>
    </>
  );
}

function KeyTable({ sections }: { sections: readonly KeySection[] }): ReactElement {
  const headings = [...new Set(sections.map((section) => section.heading))];
  return (
    <Stack gap="md">
      {headings.map((heading) => (
        <section key={heading} aria-label={heading}>
          <Title order={2} size="h6" mb={4}>
            {heading}
          </Title>
          {sections
            .filter((section) => section.heading === heading)
            .flatMap((section) => section.bindings)
            .map(({ keys, label }) => (
              <Group key={keys} justify="space-between" py={2}>
                <Text size="sm">{label}</Text>
                <span>
                  {keys.split(" ").map((key) => (
                    <Kbd key={key} ml={4}>
                      {key.replace("Mod+", "Ctrl/⌘ ")}
                    </Kbd>
                  ))}
                </span>
              </Group>
            ))}
        </section>
      ))}
    </Stack>
  );
}
