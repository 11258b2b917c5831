import { Title } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import classes from "./Panels.module.css";

/** A part of a run's page under a heading, with what can be done at the end of its line. */
export function Section({ title, tools, children }: { title: string; tools?: ReactNode; children: ReactNode }): ReactElement {
  return (
    <section className={classes.section} aria-label={title}>
      <Title order={2} className={classes.heading}>
        <span>{title}</span>
        {tools}
      </Title>
      {children}
    </section>
  );
}
