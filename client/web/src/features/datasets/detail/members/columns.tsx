import type { ReactNode } from "react";
import type { MemberRowFragment, TraceOrderField } from "../../../../gql/graphql.ts";
import { short, whole } from "../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { Preview } from "../../../../shared/preview/Preview.tsx";
import type { Column } from "../../../../shared/table/columns.ts";

type MemberColumn = Column<MemberRowFragment> & { orderField?: TraceOrderField };

/** The columns of the members of a dataset, and of the traces that a recipe would choose. */
export const MEMBER_COLUMNS: readonly MemberColumn[] = [
  { id: "prompt", header: "Prompt", width: 380, grows: true, cell: (row) => <Preview text={row.promptPreview} /> },
  { id: "answer", header: "Final answer", width: 180, cell: (row) => <Preview text={row.finalAnswerPreview} /> },
  { id: "source", header: "Source", width: 150, orderField: "SOURCE", cell: (row) => row.source },
  { id: "steps", header: "Steps", width: 72, align: "end", orderField: "STEP_COUNT", cell: (row) => whole(row.stepCount) },
  { id: "characters", header: "Characters", width: 104, align: "end", orderField: "CHAR_COUNT", cell: (row) => whole(row.charCount) },
  { id: "scores", header: "Latest scores", width: 180, cell: scores },
  { id: "externalId", header: "External ID", width: 130, orderField: "EXTERNAL_ID", cell: (row) => row.externalId },
  { id: "created", header: "Created", width: 110, orderField: "CREATED_AT", cell: (row) => <RelativeTime at={row.createdAt} /> },
];

/** The fields that the headers sort by. */
export const MEMBER_FIELDS = MEMBER_COLUMNS.flatMap(({ orderField }) => orderField ?? []);

/** The columns that are shown at first. */
export const USUAL_COLUMNS = ["prompt", "answer", "source", "steps", "characters"];

function scores({ latestScores }: MemberRowFragment): ReactNode {
  return latestScores
    .filter(({ stepIndex }) => stepIndex === null)
    .map(({ scorer, score }) => `${scorer} ${short(score)}`)
    .join(" · ");
}
