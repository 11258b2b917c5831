import { useQuery } from "@apollo/client/react";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetOverlapQuery } from "../../../../gql/graphql.ts";
import { DatasetSelect } from "../../../../shared/datasets/DatasetSelect.tsx";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../../shared/feedback/Stale.tsx";
import { numberOf, precisePercent, whole } from "../../../../shared/format/numbers.ts";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import classes from "./Checks.module.css";
import { Verdict } from "./Verification.tsx";

const OVERLAP = graphql(`
  query DatasetOverlap($a: ID!, $b: ID!) {
    datasetOverlap(a: $a, b: $b) {
      sharedPrompts
      promptsInA
      promptsInB
      sharedTracesInA
      sharedTracesInB
    }
    other: dataset(id: $b) {
      id
      key
    }
  }
`);

/** The prompts that a dataset shares with another one, which the URL names. */
export function Overlap({ datasetKey }: { datasetKey: string }): ReactElement {
  const [other, setOther] = useUrlText("with");
  const { data, previousData, error, loading, refetch } = useQuery(OVERLAP, { variables: { a: datasetKey, b: other ?? "" }, skip: other === null });
  // The overlap with the dataset before stays until that with this one has come.
  const counted = other === null ? undefined : (data ?? (loading ? previousData : undefined));
  return (
    <>
      <div style={{ maxWidth: 360 }}>
        <DatasetSelect
          label="Other dataset"
          value={other ?? ""}
          onChange={(key) => setOther(key || null)}
          without={datasetKey}
        />
      </div>
      <div aria-live="polite" style={{ marginTop: 12 }}>
        {error && <ErrorNotice title="The overlap could not be counted" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {loading && !counted && <RowSkeletons count={2} />}
        {counted && (
          <Stale isStale={data === undefined}>
            <Shares overlap={counted.datasetOverlap} a={datasetKey} b={counted.other?.key ?? other ?? ""} />
          </Stale>
        )}
      </div>
    </>
  );
}

function Shares({ overlap, a, b }: { overlap: DatasetOverlapQuery["datasetOverlap"]; a: string; b: string }): ReactElement {
  const { sharedPrompts, promptsInA, promptsInB, sharedTracesInA, sharedTracesInB } = overlap;
  return (
    <>
      <Verdict isGood={sharedPrompts === 0}>
        {sharedPrompts === 0 ? "No prompt is in both." : `${whole(sharedPrompts)} ${sharedPrompts === 1 ? "prompt is" : "prompts are"} in both.`}
      </Verdict>
      <ul className={classes.shares} aria-label="Shared prompts by dataset">
        <Share name={a} shared={sharedPrompts} prompts={promptsInA} traces={sharedTracesInA} />
        <Share name={b} shared={sharedPrompts} prompts={promptsInB} traces={sharedTracesInB} />
      </ul>
    </>
  );
}

function Share({ name, shared, prompts, traces }: { name: string; shared: number; prompts: number; traces: number }): ReactElement {
  const part = prompts === 0 ? 0 : shared / prompts;
  return (
    <li>
      <span className={classes.key} title={name}>
        {name}
      </span>
      <span className={classes.track} aria-hidden>
        <span className={classes.fill} style={{ width: `${100 * part}%`, display: "block" }} />
      </span>
      <span className={classes.number}>
        {precisePercent(part)} of {whole(prompts)} prompts · {numberOf(traces, "trace")}
      </span>
    </li>
  );
}
