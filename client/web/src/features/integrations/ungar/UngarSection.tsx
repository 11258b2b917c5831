import { type ReactElement, useState } from "react";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { UNGAR_STATUS } from "../../../shared/health/documents.ts";
import { usePolled } from "../../../shared/live/usePolled.ts";
import { InstallLine } from "../InstallLine.tsx";
import { Section } from "../Section.tsx";
import { GenerateForm } from "./GenerateForm.tsx";
import { GeneratedTraces } from "./GeneratedTraces.tsx";
import type { Generated } from "./generate.ts";

const ABOUT = "Card games that are played at random; every episode becomes a trace.";

/** Whether games can be played here, and the form that plays them. */
export function UngarSection(): ReactElement {
  const { data, error, refetch } = usePolled(UNGAR_STATUS);
  const [generated, setGenerated] = useState<Generated | null>(null);
  const status = data?.ungarStatus;
  const condition = status === undefined ? "unknown" : status.available ? "good" : "absent";
  const word = { unknown: "Unknown", good: "Available", absent: "Not installed" }[condition];
  return (
    <Section title="UNGAR" condition={condition} word={word} about={ABOUT}>
      {error && <ErrorNotice title="The status of UNGAR could not be loaded" errors={shownErrors(error)} onRetry={refetch} />}
      {status && <Facts layout="list"><Fact name="Version">{status.version}</Fact></Facts>}
      {status?.available === false && <InstallLine command={status.installCommand} />}
      {status?.available === true && <GenerateForm onGenerated={setGenerated} />}
      {generated !== null && <GeneratedTraces generated={generated} />}
    </Section>
  );
}
