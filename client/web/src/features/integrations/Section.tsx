import { Title } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { type Condition, Mark } from "../../shared/health/Mark.tsx";
import classes from "./integrations.module.css";

interface Props {
  title: string;
  condition: Condition;
  /** The condition in a word or two. */
  word: string;
  /** Its purpose, in a sentence. */
  about: string;
  children?: ReactNode;
}

/** One integration: its name, its status and its purpose. */
export function Section({ title, condition, word, about, children }: Props): ReactElement {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.heading}>
        <Title order={2} size="h5">
          {title}
        </Title>
        <span className={classes.condition}>
          <Mark condition={condition} />
          {word}
        </span>
      </div>
      <p className={classes.about} style={{ marginTop: 0 }}>
        {about}
      </p>
      {children}
    </section>
  );
}
