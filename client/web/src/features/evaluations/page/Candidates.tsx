import { type ReactElement, useMemo } from "react";
import { Link } from "react-router";
import { whole } from "../../../shared/format/numbers.ts";
import { byMean, equalRuns } from "../../../shared/intervals/brackets.ts";
import { IntervalTable } from "../../../shared/intervals/IntervalTable.tsx";
import { Section } from "../../../shared/section/Section.tsx";
import type { Candidate, ShownEvaluation } from "./documents.ts";

const COLUMNS = [
  { header: "Prompts", cell: ({ promptCount }: Candidate) => whole(promptCount) },
  { header: "Answers", cell: ({ answerCount }: Candidate) => whole(answerCount) },
  { header: "Unscored", cell: ({ unscoredCount }: Candidate) => whole(unscoredCount) },
  { header: "Tokens", cell: ({ tokenCount }: Candidate) => (tokenCount === null ? "–" : whole(tokenCount)) },
];

/** The candidates with the highest mean first; brackets group those that do not differ significantly. */
export function Candidates({ evaluation: { candidates, pairs } }: { evaluation: ShownEvaluation }): ReactElement {
  const rows = useMemo(() => byMean(candidates.edges.map(({ node }) => node)), [candidates]);
  const groups = useMemo(() => {
    const known = new Map(pairs.edges.map(({ node }) => [keyOf(node.a.uuid, node.b.uuid), node.significant]));
    // Candidates without a common prompt are not compared, so that nothing is known to hold them together.
    return equalRuns(rows, (a, b) => known.get(keyOf(a, b)) ?? true);
  }, [rows, pairs]);
  return (
    <Section title="Candidates" about="A mean counts every prompt once. A bracket holds candidates together that do not differ significantly: their order is not a ranking.">
      <IntervalTable label="Candidates" rows={rows} groups={groups} columns={COLUMNS} name={nameOf} />
    </Section>
  );
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function nameOf({ name, run }: Candidate): ReactElement {
  return run === null ? <bdi>{name}</bdi> : <Link to={`/runs/${run.uuid}`}>{name}</Link>;
}
