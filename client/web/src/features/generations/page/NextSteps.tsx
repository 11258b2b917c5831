import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import type { ShownGeneration } from "./documents.ts";
import { scoreWhere } from "./where.ts";

/** The usual next steps with answers: an evaluation, and a dataset of the correct ones. */
export function NextSteps({ generation: { uuid, dataset, scorers, answerCount } }: { generation: ShownGeneration }): ReactElement | null {
  const [scorer] = scorers;
  const evaluation = new URLSearchParams([
    ["candidate", `generation:${uuid}`],
    ...(dataset === null ? [] : [["dataset", dataset.key]]),
    ...(scorer === undefined ? [] : [["scorer", scorer]]),
  ]);
  return answerCount === 0 ? null : (
    <>
      <Button variant="default" component={Link} to={`/evaluations/new?${evaluation}`}>
        Evaluate
      </Button>
      {scorer !== undefined && (
        <Button variant="default" title="Of the correct answers" component={Link} to={`/datasets/new?${new URLSearchParams({ where: scoreWhere(uuid, scorer, { gte: 1 }) })}`}>
          Build a dataset
        </Button>
      )}
    </>
  );
}
