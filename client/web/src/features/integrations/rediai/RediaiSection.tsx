import type { ReactElement } from "react";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { short } from "../../../shared/format/numbers.ts";
import { REDIAI_HEALTH } from "../../../shared/health/documents.ts";
import { usePolled } from "../../../shared/live/usePolled.ts";
import { Section } from "../Section.tsx";

const ABOUT = "Another system, optional, whose health is watched. Set TUNIX_RT_REDIAI_MODE=real to connect to it.";

/** The health of RediAI. */
export function RediaiSection(): ReactElement {
  const { data, error, refetch } = usePolled(REDIAI_HEALTH);
  const rediai = data?.health.rediai;
  const condition = rediai === undefined ? "unknown" : rediai.status === "UP" ? "good" : "bad";
  const word = { unknown: "Unknown", good: "Healthy", bad: "Down" }[condition];
  return (
    <Section title="RediAI" condition={condition} word={word} about={ABOUT}>
      {error && <ErrorNotice title="RediAI's health could not be loaded" errors={shownErrors(error)} onRetry={refetch} />}
      {rediai && (
        <Facts layout="list">
          <Fact name="Mode">{rediai.mode === "MOCK" ? "Mock: not connected" : "Connected"}</Fact>
          <Fact name="Problem">{rediai.message}</Fact>
          <Fact name="Reason">{rediai.reason}</Fact>
          <Fact name="Response time">{rediai.latencyMs === null ? null : `${short(rediai.latencyMs)} ms`}</Fact>
          <Fact name="Checked"><RelativeTime at={rediai.checkedAt} /></Fact>
        </Facts>
      )}
    </Section>
  );
}
