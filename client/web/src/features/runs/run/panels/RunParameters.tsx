import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button, CopyButton, Text } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunParametersFragment } from "../../../../gql/graphql.ts";
import { EmptyState } from "../../../../shared/feedback/EmptyState.tsx";
import { CodeBlock } from "./CodeBlock.tsx";
import { Fact } from "./Fact.tsx";
import { Facts } from "./Facts.tsx";
import classes from "./Panels.module.css";
import { Section } from "./Section.tsx";

const RUN_PARAMETERS = graphql(`
  fragment RunParameters on Run {
    id
    manifest
    config {
      learningRate
      schedule
      warmupSteps
      weightDecay
      maxGradNorm
      numEpochs
      maxSteps
      batchSize
      gradientAccumulationSteps
      maxSeqLength
      seed
      saveEverySteps
      evalEverySteps
      timeoutSeconds
      lora {
        rank
        alpha
        modulePath
      }
      mesh {
        fsdp
        tp
      }
    }
  }
`);

/** A run's parameters, and the manifest that its last attempt was started with. */
export function RunParameters({ run }: { run: FragmentType<RunParametersFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_PARAMETERS, from: run });
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
          <Parameters config={config} />
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

type Config = NonNullable<RunParametersFragment["config"]>;

function Parameters({ config }: { config: Config }): ReactElement {
  const { lora, mesh } = config;
  return (
    <div className={classes.columns}>
      <Facts label="Optimization">
        <Fact name="learningRate">{config.learningRate}</Fact>
        <Fact name="schedule">{or(config.schedule, "CONSTANT")}</Fact>
        <Fact name="warmupSteps">{or(config.warmupSteps, 0)}</Fact>
        <Fact name="weightDecay">{or(config.weightDecay, 0)}</Fact>
        <Fact name="maxGradNorm">{or(config.maxGradNorm, 1)}</Fact>
        <Fact name="seed">{or(config.seed, 0)}</Fact>
      </Facts>
      <Facts label="Length">
        <Fact name="numEpochs">{config.numEpochs}</Fact>
        <Fact name="maxSteps">{or(config.maxSteps, "by epochs")}</Fact>
        <Fact name="batchSize">{config.batchSize}</Fact>
        <Fact name="gradientAccumulationSteps">{or(config.gradientAccumulationSteps, 1)}</Fact>
        <Fact name="maxSeqLength">{config.maxSeqLength}</Fact>
        <Fact name="timeoutSeconds">{or(config.timeoutSeconds, "the server's")}</Fact>
      </Facts>
      <Facts label="Checkpoints, adapters and devices">
        <Fact name="saveEverySteps">{or(config.saveEverySteps, "about ten times")}</Fact>
        <Fact name="evalEverySteps">{or(config.evalEverySteps, "about ten times")}</Fact>
        <Fact name="lora.rank">{lora && or(lora.rank, 8)}</Fact>
        <Fact name="lora.alpha">{lora && or(lora.alpha, 16)}</Fact>
        <Fact name="lora.modulePath">{lora && or(lora.modulePath, "attention and feed-forward")}</Fact>
        <Fact name="mesh.fsdp">{mesh && or(mesh.fsdp, 1)}</Fact>
        <Fact name="mesh.tp">{mesh && or(mesh.tp, 1)}</Fact>
      </Facts>
    </div>
  );
}

/** A value that was given, or the trainer's default in grey. */
function or(value: string | number | null, standard: string | number): ReactNode {
  return (
    value ?? (
      <Text span size="sm" c="dimmed" title="The trainer's default">
        {standard}
      </Text>
    )
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
