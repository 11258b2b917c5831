import { type ReactElement, useMemo, useState } from "react";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../shared/feedback/errors.ts";
import { TRACE_SHAPE } from "../../shared/filter/model/shapes.ts";
import { useUrlWhere } from "../../shared/filter/useUrlWhere.ts";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { SavedViews } from "../../shared/views/SavedViews.tsx";
import { useUrlText } from "../../shared/url/useUrlState.ts";
import { queueWhere } from "./queue/filters.ts";
import { DEFAULT_RUBRIC, type Rubric } from "./rubric/rubric.ts";
import { useRubrics } from "./rubric/useRubrics.ts";
import { Setup } from "./Setup.tsx";
import { Sitting } from "./scoring/Sitting.tsx";

/** A queue of traces that a person scores by the keyboard. */
export function Component(): ReactElement {
  const [where, setWhere] = useUrlWhere(TRACE_SHAPE);
  const [dataset, setDataset] = useUrlText("dataset");
  const [name, setName] = useUrlText("rubric");
  const [reviewer, setReviewer] = useUrlText("reviewer");
  const { rubrics, isLoading, error, refetch } = useRubrics();
  const chosen = name === null ? DEFAULT_RUBRIC : rubrics.find((rubric) => rubric.name === name);
  const queue = useMemo(() => queueWhere(where, dataset), [where, dataset]);
  const rubric = useSame(chosen);
  const [round, setRound] = useState(0);
  return (
    <>
      <PageHeader title="Review">
        <SavedViews page="REVIEW" />
      </PageHeader>
      <Setup
        where={where}
        onWhere={setWhere}
        dataset={dataset}
        onDataset={setDataset}
        rubrics={rubrics}
        rubric={name ?? DEFAULT_RUBRIC.name}
        onRubric={setName}
        onRubricsChange={refetch}
        reviewer={reviewer ?? ""}
        onReviewer={setReviewer}
      />
      {error !== undefined && <ErrorNotice title="The rubrics could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} isInset />}
      {rubric !== undefined && (
        <Sitting key={JSON.stringify([queue, rubric, reviewer, round])} where={queue} rubric={rubric} reviewer={reviewer ?? ""} onAgain={() => setRound(round + 1)} />
      )}
      {rubric === undefined && !isLoading && error === undefined && (
        <ErrorNotice title="There is no such rubric" errors={[{ code: "NOT_FOUND", message: `No rubric has the name ${name}.`, field: "rubric" }]} isInset />
      )}
    </>
  );
}

/** The same object for as long as it means the same, so that a queue is not loaded again when rubrics are. */
function useSame(value: Rubric | undefined): Rubric | undefined {
  const text = value && JSON.stringify(value);
  return useMemo(() => (text === undefined ? undefined : (JSON.parse(text) as Rubric)), [text]);
}
