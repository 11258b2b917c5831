import type { ReactElement } from "react";
import type { RunMethod } from "../../../../../gql/graphql.ts";
import { CodeBlock } from "../CodeBlock.tsx";
import classes from "../Panels.module.css";
import { Fact, Facts } from "../../../../../shared/facts/Facts.tsx";
import type { Config } from "./config.ts";
import { MethodFacts } from "./MethodFacts.tsx";
import { withDefault } from "./withDefault.tsx";

/** The parameters of a run by their purpose, each as it was given or as the trainer's default. */
export function Parameters({ config, method }: { config: Config; method: RunMethod }): ReactElement {
  const { lora, mesh, resources, labels, customTemplate } = config;
  return (
    <>
      <div className={classes.columns}>
        <Facts layout="list" label="Optimization">
          <Fact name="learningRate">{config.learningRate}</Fact>
          <Fact name="schedule">{withDefault(config.schedule, "CONSTANT")}</Fact>
          <Fact name="warmupSteps">{withDefault(config.warmupSteps, 0)}</Fact>
          <Fact name="weightDecay">{withDefault(config.weightDecay, 0)}</Fact>
          <Fact name="maxGradNorm">{withDefault(config.maxGradNorm, 1)}</Fact>
          <Fact name="seed">{withDefault(config.seed, 0)}</Fact>
        </Facts>
        <Facts layout="list" label="Length">
          <Fact name="numEpochs">{config.numEpochs}</Fact>
          <Fact name="maxSteps">{withDefault(config.maxSteps, "by epochs")}</Fact>
          <Fact name="batchSize">{config.batchSize}</Fact>
          <Fact name="gradientAccumulationSteps">{method === "GRPO" ? null : withDefault(config.gradientAccumulationSteps, 1)}</Fact>
          <Fact name="maxSeqLength">{config.maxSeqLength}</Fact>
          <Fact name="timeoutSeconds">{withDefault(config.timeoutSeconds, "the server's")}</Fact>
        </Facts>
        <MethodFacts config={config} method={method} />
        <Facts layout="list" label="Checkpoints, adapters and devices">
          <Fact name="saveEverySteps">{withDefault(config.saveEverySteps, "about ten times")}</Fact>
          <Fact name="evalEverySteps">{method === "GRPO" ? null : withDefault(config.evalEverySteps, "about ten times")}</Fact>
          <Fact name="lora.rank">{lora && withDefault(lora.rank, 8)}</Fact>
          <Fact name="lora.alpha">{lora && withDefault(lora.alpha, 16)}</Fact>
          <Fact name="lora.modulePath">{lora && withDefault(lora.modulePath, "attention and feed-forward")}</Fact>
          <Fact name="mesh.fsdp">{mesh && withDefault(mesh.fsdp, 1)}</Fact>
          <Fact name="mesh.tp">{mesh && withDefault(mesh.tp, 1)}</Fact>
          <Fact name="labels">{labels.join(", ")}</Fact>
          <Fact name="resources.cpus">{resources && withDefault(resources.cpus, 1)}</Fact>
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
