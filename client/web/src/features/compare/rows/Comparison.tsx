import { useFragment } from "@apollo/client/react";
import type { ReactElement } from "react";
import type { CompareTracesQuery, ComparedTraceFragment } from "../../../gql/graphql.ts";
import classes from "../Compare.module.css";
import { ScoreTable } from "../scores/ScoreTable.tsx";
import { COMPARED_TRACE } from "./ComparedTrace.ts";
import { ComparedSteps } from "./ComparedSteps.tsx";
import { ComparedText } from "./ComparedText.tsx";
import { TraceHead } from "./TraceHead.tsx";

type Compared = CompareTracesQuery["compareTraces"];

/** Two traces side by side: scores, prompts, steps and answers, with what differs between them. */
export function Comparison({ comparison }: { comparison: Compared }): ReactElement | null {
  const base = useFragment({ fragment: COMPARED_TRACE, from: comparison.base.trace });
  const other = useFragment({ fragment: COMPARED_TRACE, from: comparison.other.trace });
  return base.complete && other.complete ? <Sides comparison={comparison} base={base.data} other={other.data} /> : null;
}

interface Props {
  comparison: Compared;
  base: ComparedTraceFragment;
  other: ComparedTraceFragment;
}

function Sides({ comparison, base, other }: Props): ReactElement {
  return (
    <div className={classes.comparison}>
      <section className={classes.row} aria-label="The two traces">
        <TraceHead name="Base" trace={base} score={comparison.base.score} />
        <TraceHead name="Other" trace={other} score={comparison.other.score} />
      </section>
      <ScoreTable comparison={comparison} base={base} other={other} />
      <Texts title="Prompt" base={base.prompt} other={other.prompt} />
      <ComparedSteps base={base.steps} other={other.steps} />
      <Texts title="Final answer" base={base.finalAnswer} other={other.finalAnswer} />
    </div>
  );
}

function Texts({ title, base, other }: { title: string; base: string; other: string }): ReactElement {
  const isSame = base === other;
  return (
    <section aria-label={title}>
      <h2 className={classes.title}>
        {title} <span className={classes.note}>{isSame ? "the same" : "different"}</span>
      </h2>
      {isSame ? (
        <p className={classes.common} dir="auto">
          {base}
        </p>
      ) : (
        <div className={classes.row}>
          <ComparedText base={base} other={other} />
        </div>
      )}
    </section>
  );
}
