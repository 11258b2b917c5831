import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunOutputFragment } from "../../../../gql/graphql.ts";
import { CodeBlock } from "./CodeBlock.tsx";
import classes from "./Panels.module.css";

const RUN_OUTPUT = graphql(`
  fragment RunOutput on Run {
    id
    stdout
    stderr
  }
`);

/** The end of a run's standard output and standard error, each of which can be folded. */
export function RunOutput({ run }: { run: FragmentType<RunOutputFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_OUTPUT, from: run });
  return complete ? (
    <section aria-label="Output">
      <Output name="stdout" text={data.stdout} />
      <Output name="stderr" text={data.stderr} />
    </section>
  ) : null;
}

function Output({ name, text }: { name: string; text: string }): ReactElement {
  return (
    <details className={classes.output} open={text !== ""}>
      <summary>{name}</summary>
      {text === "" ? (
        <Text size="sm" c="dimmed">
          Nothing was written to {name}.
        </Text>
      ) : (
        <CodeBlock label={name} text={text} />
      )}
    </details>
  );
}
