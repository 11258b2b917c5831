import type { ReactElement } from "react";
import type { RunMethod } from "../../../../../gql/graphql.ts";
import { Fact, Facts } from "../../../../../shared/facts/Facts.tsx";
import { short } from "../../../../../shared/format/numbers.ts";
import type { Config } from "./config.ts";
import { withDefault } from "./withDefault.tsx";

/** The default of `beta` of each method that has it. */
const BETA = { DPO: 0.1, GRPO: 0.04 } as const;

/** The facts of single methods: preference pairs of DPO, rewards and rollouts of GRPO; nothing for the others. */
export function MethodFacts({ config: { beta, preference, grpo }, method }: { config: Config; method: RunMethod }): ReactElement | null {
  if (preference === null && grpo === null) {
    return null;
  }
  return (
    <Facts layout="list" label={preference === null ? "Rewards and rollouts" : "Preference pairs"}>
      <Fact name="beta">{method === "DPO" || method === "GRPO" ? withDefault(beta, BETA[method]) : null}</Fact>
      {preference !== null && (
        <>
          <Fact name="preference.scorer">{preference.scorer}</Fact>
          <Fact name="preference.rule">{preference.rule}</Fact>
          <Fact name="preference.margin">{preference.margin}</Fact>
          <Fact name="preference.pairsPerGroup">{preference.pairsPerGroup}</Fact>
        </>
      )}
      {grpo !== null && (
        <>
          <Fact name="grpo.rewards">
            {grpo.rewards.map(({ scorer, weight }) => (
              <div key={scorer}>
                {scorer} × {short(weight)}
              </div>
            ))}
          </Fact>
          <Fact name="grpo.numGenerations">{withDefault(grpo.numGenerations, 8)}</Fact>
          <Fact name="grpo.numIterations">{withDefault(grpo.numIterations, 1)}</Fact>
          <Fact name="grpo.temperature">{withDefault(grpo.temperature, 1)}</Fact>
          <Fact name="grpo.topP">{withDefault(grpo.topP, 1)}</Fact>
          <Fact name="grpo.maxNewTokens">{withDefault(grpo.maxNewTokens, 256)}</Fact>
          <Fact name="grpo.epsilon">{withDefault(grpo.epsilon, 0.2)}</Fact>
        </>
      )}
    </Facts>
  );
}
