import { Title } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";
import classes from "./lists.module.css";

interface Props {
  title: string;
  /** The page that has all of them; without one there is no link. */
  to?: string;
  children: ReactNode;
}

/** A short list, with a link to the page that has the whole if there is one. */
export function OverviewList({ title, to, children }: Props): ReactElement {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.heading}>
        <Title order={2} size="h5">
          {title}
        </Title>
        {to !== undefined && <Link to={to}>All {title.toLowerCase()}</Link>}
      </div>
      <ul className={classes.list}>{children}</ul>
    </section>
  );
}
