import type { ReactNode } from "react";
import type { TraceOrderField, TraceRowFragment } from "../../../gql/graphql.ts";
import { Decimal } from "../../../shared/format/Decimal.tsx";
import { whole } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import type { Json } from "../../../shared/json.ts";
import { Preview } from "../../../shared/preview/Preview.tsx";
import type { Column } from "../../../shared/table/columns.ts";

type TraceColumn = Column<TraceRowFragment>;

const SCORE = "score:";
const META = "meta:";

const dim = (text: string | null | undefined): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;
const mono = (text: string): ReactNode => <code style={{ color: "var(--mantine-color-dimmed)" }}>{text.slice(0, 12)}</code>;

/** The columns of a trace's own fields. */
export const OWN_COLUMNS: readonly (TraceColumn & { orderField?: TraceOrderField })[] = [
  { id: "prompt", header: "Prompt", width: 240, grows: true, cell: (row) => <Preview text={row.promptPreview} /> },
  { id: "answer", header: "Final answer", width: 120, cell: (row) => <Preview text={row.finalAnswerPreview} /> },
  { id: "source", header: "Source", width: 140, orderField: "SOURCE", cell: (row) => dim(row.source) },
  { id: "steps", header: "Steps", width: 76, align: "end", orderField: "STEP_COUNT", cell: (row) => whole(row.stepCount) },
  { id: "characters", header: "Characters", width: 108, align: "end", orderField: "CHAR_COUNT", cell: (row) => whole(row.charCount) },
  { id: "created", header: "Created", width: 112, orderField: "CREATED_AT", cell: (row) => <RelativeTime at={row.createdAt} /> },
  { id: "externalId", header: "External ID", width: 130, orderField: "EXTERNAL_ID", cell: (row) => dim(row.externalId) },
  { id: "version", header: "Version", width: 80, cell: (row) => dim(row.traceVersion) },
  { id: "promptHash", header: "Prompt hash", width: 130, cell: (row) => mono(row.promptHash) },
  { id: "contentHash", header: "Content hash", width: 130, cell: (row) => mono(row.contentHash) },
];

export function scoreColumnId(scorer: string): string {
  return `${SCORE}${scorer}`;
}

export function metaColumnId(path: readonly string[]): string {
  return `${META}${path.join(".")}`;
}

export const isScoreColumn = (id: string): boolean => id.startsWith(SCORE);
export const isMetaColumn = (id: string): boolean => id.startsWith(META);

/** Returns the column of an id: of a trace's own field, of a scorer's latest score, or of a value of the metadata. */
export function columnOf(id: string): TraceColumn | undefined {
  if (isScoreColumn(id)) {
    const scorer = id.slice(SCORE.length);
    return { id, header: scorer, width: headerWidth(scorer), align: "end", cell: (row) => latestScore(row, scorer) };
  }
  if (isMetaColumn(id)) {
    const path = id.slice(META.length).split(".");
    return { id, header: path.join("."), width: 140, cell: (row) => metaText(row.meta ?? null, path) };
  }
  return OWN_COLUMNS.find((column) => column.id === id);
}

/** Returns the width of a column of numbers that shows its name, unless that is very long. */
function headerWidth(name: string): number {
  return Math.min(Math.max(100, 8 * name.length + 28), 180);
}

/** The newest score of the whole trace; failing that, the mean of the newest scores of its steps. */
function latestScore(row: TraceRowFragment, scorer: string): ReactNode {
  const scores = (row.latestScores ?? []).filter((score) => score.scorer === scorer);
  const ofTrace = scores.find((score) => score.stepIndex === null);
  if (ofTrace !== undefined) {
    return <Decimal value={ofTrace.score} />;
  }
  if (scores.length === 0) {
    return null;
  }
  const mean = scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
  return (
    <span title={`Mean of the scores of ${scores.length} steps`}>
      ⌀ <Decimal value={mean} />
    </span>
  );
}

function metaText(meta: Json, path: readonly string[]): string {
  let value: Json | undefined = meta;
  for (const key of path) {
    value = value !== null && typeof value === "object" && !Array.isArray(value) ? value[key] : undefined;
  }
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}
