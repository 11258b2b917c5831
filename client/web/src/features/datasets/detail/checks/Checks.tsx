import type { ReactElement } from "react";
import { Section } from "../../../../shared/section/Section.tsx";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import { Contamination } from "./contamination/Contamination.tsx";
import { Overlap } from "./Overlap.tsx";
import { Protection } from "./protection/Protection.tsx";
import { Verify } from "./Verify.tsx";

/** The checks of a dataset: whether it is unchanged, and whether it leaks into another. */
export function Checks({ id, datasetKey, onGone }: { id: string; datasetKey: string; onGone: () => void }): ReactElement {
  const [other] = useUrlText("with");
  return (
    <>
      <Section
        title="Verification"
        about="Reads every member's stored content, compares its checksum, and derives the recipe again. A large dataset takes a while."
      >
        <Verify id={id} onGone={onGone} />
      </Section>
      <Section title="Overlap with another dataset" about="Prompts that are in both. Any overlap between training and evaluation data is leakage.">
        <Overlap datasetKey={datasetKey} />
      </Section>
      {other !== null && (
        <Section
          title="Contamination"
          about="Training prompts that equal or resemble evaluation prompts: with the same words, with many sequences of eight words in common, or with nearly the same pairs of words."
        >
          <Contamination key={other} datasetKey={datasetKey} other={other} />
        </Section>
      )}
      <Section title="Protected prompts" about="Every run’s training data is compared with the protected sets. They keep hashes of the prompts only, also after the dataset is deleted.">
        <Protection id={id} datasetKey={datasetKey} />
      </Section>
    </>
  );
}
