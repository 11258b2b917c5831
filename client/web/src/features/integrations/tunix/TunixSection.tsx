import type { ReactElement } from "react";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { TUNIX_STATUS } from "../../../shared/health/documents.ts";
import { usePolled } from "../../../shared/live/usePolled.ts";
import { InstallLine } from "../InstallLine.tsx";
import { Section } from "../Section.tsx";
import { BaseModels } from "./BaseModels.tsx";

const ABOUT = "Google's post-training library, which trains the models. Exports, manifests and dry runs work without it.";

/** Whether training can run here, and the base models that are available without a network. */
export function TunixSection(): ReactElement {
  const { data, error, refetch } = usePolled(TUNIX_STATUS);
  const status = data?.tunixStatus;
  const condition = status === undefined ? "unknown" : status.available ? "good" : "absent";
  const word = { unknown: "Unknown", good: "Available", absent: "Not installed" }[condition];
  return (
    <Section title="Tunix" condition={condition} word={word} about={ABOUT}>
      {error && <ErrorNotice title="The status of Tunix could not be loaded" errors={shownErrors(error)} onRetry={refetch} />}
      {status && (
        <Facts layout="list">
          <Fact name="Version">{status.version}</Fact>
          <Fact name="Status">{status.message}</Fact>
          <Fact name="Runtime">{status.available ? "Nothing to install" : "Must be installed before training"}</Fact>
        </Facts>
      )}
      {status?.available === false && <InstallLine command={status.installCommand} />}
      <BaseModels />
    </Section>
  );
}
