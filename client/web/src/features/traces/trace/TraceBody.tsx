import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { SegmentedControl } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { TraceBodyFragment } from "../../../gql/graphql.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { OtherAnswers } from "./around/OtherAnswers.tsx";
import { AboutTrace } from "./details/AboutTrace.tsx";
import { DatasetsOfTrace } from "./details/DatasetsOfTrace.tsx";
import { OriginOfTrace } from "./details/OriginOfTrace.tsx";
import { Reading } from "./reading/Reading.tsx";
import { ScoresPanel } from "./scores/ScoresPanel.tsx";
import classes from "./TracePage.module.css";
import { TrainingTextView } from "./training/TrainingTextView.tsx";

const TRACE_BODY = graphql(`
  fragment TraceBody on Trace {
    id
    uuid
    promptHash
    ...TraceReading
    ...TraceScores
    ...OriginOfTrace
    ...DatasetsOfTrace
    ...AboutTrace
  }
`);

/** A trace's texts, and beside them its scores, its origin, what it belongs to, and its metadata. */
export function TraceBody({ trace }: { trace: FragmentType<TraceBodyFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: TRACE_BODY, fragmentName: "TraceBody", from: trace });
  const [view] = useUrlText("view");
  const [side, setSide] = useState("text");
  if (!complete) {
    return null;
  }
  return (
    <>
      <div className={classes.sides}>
        <SegmentedControl
          fullWidth
          aria-label="Part of the trace"
          data={[
            { value: "text", label: "Text" },
            { value: "details", label: "Scores and details" },
          ]}
          value={side}
          onChange={setSide}
        />
      </div>
      <div className={classes.body} data-side={side}>
        <div className={classes.text}>
          {view === "training" ? (
            <TrainingTextView id={data.id} />
          ) : (
            <Reading trace={data} isSource={view === "source"}>
              <OtherAnswers uuid={data.uuid} promptHash={data.promptHash} />
            </Reading>
          )}
        </div>
        <aside className={classes.aside} aria-label="Scores and details">
          <ScoresPanel trace={data} />
          <OriginOfTrace trace={data} />
          <DatasetsOfTrace trace={data} />
          <AboutTrace trace={data} />
        </aside>
      </div>
    </>
  );
}
