import { type ReactElement, useMemo } from "react";
import { ContaminationLine, useContaminations } from "../../../shared/contamination/Contaminations.tsx";
import { Section } from "../../../shared/section/Section.tsx";
import type { ShownEvaluation } from "./documents.ts";
import classes from "./Evaluation.module.css";

/** The candidates that were trained on prompts like those of the evaluation, as far as these were compared; nothing if there are none. */
export function TruthGuard({ evaluation: { dataset, candidates } }: { evaluation: ShownEvaluation }): ReactElement | null {
  const trained = useMemo(
    () => candidates.edges.flatMap(({ node: { name, run } }) => (run?.dataset ? [{ name, dataset: run.dataset }] : [])),
    [candidates],
  );
  const keys = useMemo(() => [...new Set(trained.map((candidate) => candidate.dataset.id))].toSorted(), [trained]);
  const found = useContaminations(keys, dataset?.id ?? null).filter(({ trainPromptCount }) => trainPromptCount > 0);
  if (found.length === 0) {
    return null;
  }
  return (
    <Section title="Contamination" about="These candidates were trained on prompts that equal or resemble prompts of this evaluation, so that their means may be too high.">
      <ul className={classes.guard} aria-label="Contamination">
        {found.map((each) => (
          <li key={each.id}>
            <ContaminationLine of={each} />: {trained.filter((candidate) => candidate.dataset.id === each.trainDataset.id).map(({ name }) => name).join(", ")}
          </li>
        ))}
      </ul>
    </Section>
  );
}
