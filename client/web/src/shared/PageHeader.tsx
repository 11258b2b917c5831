import { Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactElement, ReactNode } from "react";

interface Props {
  title: string;
  /** The text beside the title, such as the number of rows. */
  aside?: ReactNode;
  /** Buttons at the end of the line; the command palette has them, too. */
  children?: ReactNode;
}

/** The first line of a page; its title is also the window's. Buttons that do not fit are on the next line. */
export function PageHeader({ title, aside, children }: Props): ReactElement {
  useDocumentTitle(`${title} · tunix-rt`);
  return (
    <Group px="md" py="sm" gap="sm" wrap="wrap" mih={54}>
      <Group gap="sm" miw={0} style={{ flex: "1 1 auto" }}>
        <Title order={1} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {aside}
      </Group>
      <Group gap="xs" data-actions>
        {children}
      </Group>
    </Group>
  );
}
