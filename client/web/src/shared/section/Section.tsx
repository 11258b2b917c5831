import { Text, Title } from "@mantine/core";
import { type ReactElement, type ReactNode, useId } from "react";
import classes from "./Section.module.css";

interface Props {
  title: string;
  /** The section's purpose, in a sentence. */
  about?: ReactNode;
  children: ReactNode;
}

/** A part of a page under its heading. */
export function Section({ title, about, children }: Props): ReactElement {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes.section}>
      <Title order={2} size="h6" id={id}>
        {title}
      </Title>
      {about && (
        <Text size="xs" c="dimmed" mt={2} maw={640}>
          {about}
        </Text>
      )}
      <div className={classes.content}>{children}</div>
    </section>
  );
}
