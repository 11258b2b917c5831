import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button, CopyButton } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunParametersFragment } from "../../../../gql/graphql.ts";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { CodeBlock } from "./CodeBlock.tsx";
import { Parameters } from "./parameters/Parameters.tsx";
import { Section } from "./Section.tsx";

const RUN_PARAMETERS = graphql(`
  fragment RunParameters on Run {
    id
    method
    manifest
    config {
      ...TrainingParameters @unmask
    }
  }
`);

/** A run's parameters, and the manifest that its last attempt was started with. */
export function RunParameters({ run }: { run: FragmentType<RunParametersFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_PARAMETERS, fragmentName: "RunParameters", from: run });
  if (!complete) {
    return null;
  }
  const { config, manifest } = data;
  return (
    <>
      {config === null ? (
        <EmptyState title="No parameters">The run was imported without any.</EmptyState>
      ) : (
        <Section title="Parameters">
          <Parameters config={config} method={data.method} />
        </Section>
      )}
      {manifest !== null && (
        <Section title="Manifest" tools={<Copy text={manifest} />}>
          <CodeBlock label="Manifest as YAML" text={manifest} />
        </Section>
      )}
    </>
  );
}

function Copy({ text }: { text: string }): ReactElement {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}
