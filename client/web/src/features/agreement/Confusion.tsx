import type { ReactElement } from "react";
import { Link } from "react-router";
import type { TraceWhere } from "../../gql/graphql.ts";
import { Fact, Facts } from "../../shared/facts/Facts.tsx";
import { precisePercent, whole } from "../../shared/format/numbers.ts";
import { Section } from "../../shared/section/Section.tsx";
import classes from "./Agreement.module.css";
import type { Agreement } from "./documents.ts";
import { type Grader, tracesAddress } from "./graders.ts";

interface Props {
  agreement: Agreement;
  a: Grader;
  b: Grader;
  where: TraceWhere;
}

/** The agreement of two scorers and the table of their verdicts, whose numbers link to the traces. */
export function Confusion({ agreement, a, b, where }: Props): ReactElement {
  const { traceCount, bothPassedCount, onlyACount, onlyBCount, neitherCount, kappa } = agreement;
  const cell = (count: number, doesPassA: boolean, doesPassB: boolean): ReactElement => (
    <td data-same={doesPassA === doesPassB}>
      {count === 0 ? "0" : <Link to={tracesAddress(where, a, doesPassA, b, doesPassB)}>{whole(count)}</Link>}
    </td>
  );
  return (
    <Section title="Verdicts" about="By the latest scores of whole traces that both have scored. Cohen’s kappa is the agreement beyond chance: 1 is full, 0 is what chance gives.">
      <Facts>
        <Fact name="Traces">{whole(traceCount)}</Fact>
        <Fact name="Agreement">{agreement.agreement === null ? "–" : precisePercent(agreement.agreement)}</Fact>
        <Fact name="Cohen’s kappa">{kappa === null ? "none: both give one verdict only" : kappa.toFixed(3)}</Fact>
      </Facts>
      <div className={classes.wide}>
        <table className={classes.confusion} aria-label="Verdicts of both scorers">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Verdict</span>
              </th>
              <th scope="col">
                <bdi>{b.scorer}</bdi> passes
              </th>
              <th scope="col">does not</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">
                <bdi>{a.scorer}</bdi> passes
              </th>
              {cell(bothPassedCount, true, true)}
              {cell(onlyACount, true, false)}
            </tr>
            <tr>
              <th scope="row">does not</th>
              {cell(onlyBCount, false, true)}
              {cell(neitherCount, false, false)}
            </tr>
          </tbody>
        </table>
      </div>
    </Section>
  );
}
