import { Progress, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { short, whole } from "../../../shared/format/numbers.ts";
import { duration } from "../../../shared/format/time.ts";
import { isUnfinished } from "../../../shared/live/usePollingWhile.ts";
import type { ShownGeneration } from "./documents.ts";

/** The progress and the speed of a generation. */
export function GenerationProgress({ generation }: { generation: ShownGeneration }): ReactElement | null {
  const { progress, status, promptCount, samplesPerPrompt, answerCount, tokensPerSecond, etaSeconds } = generation;
  if (!isUnfinished(generation)) {
    return null;
  }
  const total = promptCount === null ? "" : ` of ${whole(promptCount * samplesPerPrompt)}`;
  const speed = tokensPerSecond === null ? "" : ` · ${short(tokensPerSecond)} tokens/s`;
  const left = etaSeconds === null ? "" : ` · about ${duration(Math.ceil(etaSeconds))} left`;
  return (
    <div style={{ marginBottom: 16 }}>
      <Progress value={100 * progress} size="sm" aria-label="Progress" animated={status === "RUNNING"} />
      <Text size="sm" c="dimmed" mt={4} component="output" display="block">
        {whole(answerCount)}
        {total} answers{speed}
        {left}
      </Text>
    </div>
  );
}

/** The parameters and the results of a generation. */
export function GenerationFacts({ generation }: { generation: ShownGeneration }): ReactElement {
  const { run, modelId, checkpointStep, dataset, samplesPerPrompt, samplingParameters, template, scorers, labels, promptCount, tooLongCount, answerCount, malformedCount, tokenCount } = generation;
  const { temperature, topP, maxNewTokens, seed } = samplingParameters;
  return (
    <Facts>
      <Fact name="Model">{run === null ? modelId : <Link to={`/runs/${run.uuid}`}>{modelId}</Link>}</Fact>
      {checkpointStep !== null && <Fact name="Checkpoint">step {whole(checkpointStep)}</Fact>}
      {dataset !== null && (
        <Fact name="Prompts of">
          <Link to={`/datasets/${encodeURIComponent(dataset.key)}`}>{dataset.key}</Link>
        </Fact>
      )}
      {promptCount !== null && (
        <Fact name="Prompts">
          {whole(promptCount)}
          {tooLongCount > 0 && `, ${whole(tooLongCount)} too long`}
        </Fact>
      )}
      <Fact name="Answers">
        {whole(answerCount)}, {whole(samplesPerPrompt)} per prompt
      </Fact>
      <Fact name="Malformed">{whole(malformedCount)}</Fact>
      <Fact name="Tokens">{whole(tokenCount)}</Fact>
      <Fact name="Sampling">
        temperature {short(temperature)} · top-p {short(topP)} · {whole(maxNewTokens)} new tokens · seed {seed}
      </Fact>
      <Fact name="Template">{template ?? "custom"}</Fact>
      {scorers.length > 0 && <Fact name="Graded by">{scorers.join(", ")}</Fact>}
      {labels.length > 0 && <Fact name="Labels">{labels.join(", ")}</Fact>}
    </Facts>
  );
}
