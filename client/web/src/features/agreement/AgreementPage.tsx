import { useQuery } from "@apollo/client/react";
import { type ReactElement, useState } from "react";
import type { TraceWhere } from "../../gql/graphql.ts";
import { EmptyState } from "../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../shared/feedback/Stale.tsx";
import { TRACE_SHAPE } from "../../shared/filter/model/shapes.ts";
import { TraceFilterBar } from "../../shared/filter/TraceFilterBar.tsx";
import { useUrlWhere } from "../../shared/filter/useUrlWhere.ts";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { usePageQuery } from "../../shared/query/PageQuery.tsx";
import { useUrlText } from "../../shared/url/useUrlState.ts";
import classes from "./Agreement.module.css";
import { Confusion } from "./Confusion.tsx";
import { Disagreements } from "./Disagreements.tsx";
import { SCORER_AGREEMENT } from "./documents.ts";
import { GraderFields } from "./GraderFields.tsx";
import type { Grader } from "./graders.ts";

const PAGE = 20;
const MOST = 500;

/** The page that compares two scorers, such as a grader and a person, on the traces that both have scored. */
export function Component(): ReactElement {
  const [where, setWhere] = useUrlWhere(TRACE_SHAPE);
  const [a, setA] = useUrlText("a");
  const [b, setB] = useUrlText("b");
  const [threshold, setThreshold] = useUrlText("threshold");
  const [thresholdB, setThresholdB] = useUrlText("thresholdB");
  const lowest = numberOf(threshold) ?? 1;
  const first: Grader = { scorer: a ?? "", threshold: lowest };
  const second: Grader = { scorer: b ?? "", threshold: numberOf(thresholdB) ?? lowest };
  return (
    <>
      <PageHeader title="Agreement" />
      <div className={classes.graders}>
        <GraderFields name="First scorer" scorer={a} threshold={threshold} usual={1} onScorer={setA} onThreshold={setThreshold} />
        <GraderFields name="Second scorer" scorer={b} threshold={thresholdB} usual={lowest} onScorer={setB} onThreshold={setThresholdB} />
      </div>
      <TraceFilterBar where={where} onChange={setWhere} />
      <div className={classes.page} aria-live="polite">
        {a === null || b === null ? (
          <EmptyState title="Choose two scorers">Their latest scores of whole traces are compared: a grader of the server, a model, or a person who reviewed.</EmptyState>
        ) : (
          <Compared a={first} b={second} where={where as TraceWhere} />
        )}
      </div>
    </>
  );
}

function Compared({ a, b, where }: { a: Grader; b: Grader; where: TraceWhere }): ReactElement {
  const [first, setFirst] = useState(PAGE);
  const variables = { a: a.scorer, b: b.scorer, where, threshold: a.threshold, thresholdB: b.threshold, first };
  const { data, previousData, error, loading, refetch } = useQuery(SCORER_AGREEMENT, { variables, fetchPolicy: "no-cache" });
  usePageQuery(SCORER_AGREEMENT, variables);
  const shown = (data ?? previousData)?.scorerAgreement;
  if (error) {
    return <ErrorNotice title="The scorers could not be compared" errors={shownErrors(error)} onRetry={() => void refetch()} />;
  }
  if (shown === undefined) {
    return <RowSkeletons />;
  }
  if (shown.traceCount === 0) {
    return <EmptyState title="No trace has scores of both">Score the same traces by both scorers, or change the filter.</EmptyState>;
  }
  return (
    <Stale isStale={loading}>
      <Confusion agreement={shown} a={a} b={b} where={where} />
      <Disagreements agreement={shown} a={a} b={b} isBusy={loading} onMore={first < MOST ? () => setFirst(Math.min(MOST, first * 3)) : undefined} />
    </Stale>
  );
}

function numberOf(text: string | null): number | undefined {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
