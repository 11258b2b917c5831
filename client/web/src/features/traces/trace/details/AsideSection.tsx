import { Group, Title } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import classes from "./Details.module.css";

interface Props {
  title: string;
  /** A button at the end of the heading. */
  action?: ReactNode;
  children: ReactNode;
}

/** A section beside a trace. */
export function AsideSection({ title, action, children }: Props): ReactElement {
  return (
    <section className={classes.section} aria-label={title}>
      <Group justify="space-between" h={24} mb={4} wrap="nowrap">
        <Title order={2} className={classes.title}>
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </section>
  );
}
