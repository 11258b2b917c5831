import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { RunFactsFragment, TraceWhere } from "../../../../gql/graphql.ts";
import { ContaminationLine, useContaminations } from "../../../../shared/contamination/Contaminations.tsx";
import { CopiedFact } from "../../../../shared/facts/CopiedFact.tsx";
import { Fact, Facts } from "../../../../shared/facts/Facts.tsx";
import { memberText } from "../../../../shared/format/enums.ts";
import { numberOf, whole } from "../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { duration } from "../../../../shared/format/time.ts";
import { Section } from "./Section.tsx";

const RUN_FACTS = graphql(`
  fragment RunFacts on Run {
    id
    uuid
    mode
    method
    modelId
    datasetKey
    dataset {
      id
      uuid
      traceCount
    }
    evalDataset {
      id
      uuid
      key
    }
    producedTraces(first: 0) {
      totalCount
    }
    evaluationCandidates(first: 20) {
      nodes {
        id
        evaluation {
          id
          uuid
          name
        }
      }
    }
    engine
    createdAt
    startedAt
    completedAt
    durationSeconds
    exitCode
    attempt
    maxAttempts
  }
`);

/** The facts of a run: model, data and times. */
export function RunFacts({ run }: { run: FragmentType<RunFactsFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RUN_FACTS, from: run });
  const contamination = useContaminations(data.dataset?.id === undefined ? [] : [data.dataset.id], data.evalDataset?.id ?? null);
  if (!complete) {
    return null;
  }
  const { dataset, evalDataset, producedTraces, startedAt, completedAt, durationSeconds } = data;
  const evaluations = new Map(data.evaluationCandidates.nodes.map(({ evaluation }) => [evaluation.uuid, evaluation.name]));
  return (
    <Section title="About">
      <Facts layout="list" label="About the run">
        <Fact name="Dataset">{dataset ? <Link to={`/datasets/${dataset.uuid}`}>{data.datasetKey}</Link> : data.datasetKey}</Fact>
        <Fact name="Traces">{dataset && <Link to={tracesOf(dataset.uuid)}>Show the {numberOf(dataset.traceCount, "trace")}</Link>}</Fact>
        <Fact name="Evaluation data">{evalDataset && <Link to={`/datasets/${evalDataset.uuid}`}>{evalDataset.key}</Link>}</Fact>
        <Fact name="Contamination">{contamination.length > 0 ? contamination.map((each) => <ContaminationLine key={each.id} of={each} />) : null}</Fact>
        <Fact name="Answers">{producedTraces.totalCount > 0 ? <Link to={answersOf(data.uuid)}>Show the {whole(producedTraces.totalCount)} answers</Link> : null}</Fact>
        <Fact name="Evaluations">{evaluations.size > 0 ? <EvaluationLinks named={evaluations} /> : null}</Fact>
        <Fact name="Model">{data.modelId}</Fact>
        <Fact name="Mode">{data.mode === "DRY_RUN" ? "Dry run" : "Training"}</Fact>
        <Fact name="Method">{memberText(data.method)}</Fact>
        <Fact name="Engine">{data.engine}</Fact>
        <Fact name="Created">{<RelativeTime at={data.createdAt} />}</Fact>
        <Fact name="Started">{startedAt && <RelativeTime at={startedAt} />}</Fact>
        <Fact name="Finished">{completedAt && <RelativeTime at={completedAt} />}</Fact>
        <Fact name="Duration">{typeof durationSeconds === "number" ? duration(durationSeconds) : null}</Fact>
        <Fact name="Attempt">{data.attempt === 0 ? null : `${data.attempt} of at most ${data.maxAttempts}`}</Fact>
        <Fact name="Exit code">{data.exitCode}</Fact>
        <CopiedFact name="UUID" value={data.uuid} />
      </Facts>
    </Section>
  );
}

function EvaluationLinks({ named }: { named: ReadonlyMap<string, string> }): ReactElement[] {
  return [...named].map(([uuid, name]) => (
    <div key={uuid}>
      <Link to={`/evaluations/${uuid}`}>{name}</Link>
    </div>
  ));
}

function tracesOf(dataset: string): string {
  return addressOf({ datasets: { some: { id: { eq: dataset } } } });
}

function answersOf(run: string): string {
  return addressOf({ producedBy: { runId: { eq: run } } });
}

function addressOf(where: TraceWhere): string {
  return `/traces?where=${encodeURIComponent(JSON.stringify(where))}`;
}
