import type { ReactElement } from "react";
import type { RunMethod, RunParametersFragment } from "../../../../../gql/graphql.ts";
import { CodeBlock } from "../CodeBlock.tsx";
import classes from "../Panels.module.css";
import { Fact, Facts } from "../../../../../shared/facts/Facts.tsx";
import { MethodFacts } from "./MethodFacts.tsx";
import { or } from "./standard.tsx";

export type Config = NonNullable<RunParametersFragment["config"]>;

/** The parameters of a run by their purpose, each as it was given or as the trainer's default. */
export function Parameters({ config, method }: { config: Config; method: RunMethod }): ReactElement {
  const { lora, mesh, resources, labels, customTemplate } = config;
  return (
    <>
      <div className={classes.columns}>
        <Facts layout="list" label="Optimization">
          <Fact name="learningRate">{config.learningRate}</Fact>
          <Fact name="schedule">{or(config.schedule, "CONSTANT")}</Fact>
          <Fact name="warmupSteps">{or(config.warmupSteps, 0)}</Fact>
          <Fact name="weightDecay">{or(config.weightDecay, 0)}</Fact>
          <Fact name="maxGradNorm">{or(config.maxGradNorm, 1)}</Fact>
          <Fact name="seed">{or(config.seed, 0)}</Fact>
        </Facts>
        <Facts layout="list" label="Length">
          <Fact name="numEpochs">{config.numEpochs}</Fact>
          <Fact name="maxSteps">{or(config.maxSteps, "by epochs")}</Fact>
          <Fact name="batchSize">{config.batchSize}</Fact>
          <Fact name="gradientAccumulationSteps">{method === "GRPO" ? null : or(config.gradientAccumulationSteps, 1)}</Fact>
          <Fact name="maxSeqLength">{config.maxSeqLength}</Fact>
          <Fact name="timeoutSeconds">{or(config.timeoutSeconds, "the server's")}</Fact>
        </Facts>
        <MethodFacts config={config} method={method} />
        <Facts layout="list" label="Checkpoints, adapters and devices">
          <Fact name="saveEverySteps">{or(config.saveEverySteps, "about ten times")}</Fact>
          <Fact name="evalEverySteps">{method === "GRPO" ? null : or(config.evalEverySteps, "about ten times")}</Fact>
          <Fact name="lora.rank">{lora && or(lora.rank, 8)}</Fact>
          <Fact name="lora.alpha">{lora && or(lora.alpha, 16)}</Fact>
          <Fact name="lora.modulePath">{lora && or(lora.modulePath, "attention and feed-forward")}</Fact>
          <Fact name="mesh.fsdp">{mesh && or(mesh.fsdp, 1)}</Fact>
          <Fact name="mesh.tp">{mesh && or(mesh.tp, 1)}</Fact>
          <Fact name="labels">{labels.join(", ")}</Fact>
          <Fact name="resources.cpus">{resources && or(resources.cpus, 1)}</Fact>
          <Fact name="resources.gpus">{resources?.gpus}</Fact>
          <Fact name="resources.tpus">{resources?.tpus}</Fact>
          <Fact name="resources.memoryGib">{resources?.memoryGib}</Fact>
          <Fact name="template">{customTemplate === null ? config.template : "customTemplate"}</Fact>
        </Facts>
      </div>
      {customTemplate !== null && <CodeBlock label="Template" text={customTemplate} />}
    </>
  );
}
