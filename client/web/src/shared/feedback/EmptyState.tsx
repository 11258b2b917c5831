import { Stack, Text, Title } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";

interface Props {
  title: string;
  /** Advice in one or two sentences. */
  children: ReactNode;
  /** The buttons that do it. */
  actions?: ReactNode;
}

/** The placeholder of an empty list. */
export function EmptyState({ title, children, actions }: Props): ReactElement {
  return (
    <Stack align="center" gap="sm" py={64} px="md" ta="center">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={480} component="div">
        {children}
      </Text>
      {actions}
    </Stack>
  );
}
