import type { ReactNode } from "react";
import type { GroupsQuery, TraceGroupOrderField } from "../../../gql/graphql.ts";
import { ShareBar } from "../../../shared/bars/ShareBar.tsx";
import { percent, whole } from "../../../shared/format/numbers.ts";
import { Preview } from "../../../shared/preview/Preview.tsx";
import type { Column } from "../../../shared/table/columns.ts";

/** A group of the list. */
export type GroupRow = GroupsQuery["page"]["edges"][number]["node"];

type GroupColumn = Column<GroupRow> & { orderField?: TraceGroupOrderField };

const quiet = (text: ReactNode): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;

/** The columns of the list of groups. */
export const GROUP_COLUMNS: readonly GroupColumn[] = [
  { id: "prompt", header: "Prompt", width: 320, grows: true, cell: ({ promptPreview }) => <Preview text={promptPreview} /> },
  { id: "correct", header: "Correct", width: 200, orderField: "PASS_RATE", cell: correct },
  { id: "size", header: "Answers", width: 84, align: "end", orderField: "SIZE", cell: ({ size }) => whole(size) },
  { id: "distinct", header: "Distinct", width: 84, align: "end", cell: ({ distinctAnswerCount }) => whole(distinctAnswerCount) },
  { id: "majority", header: "Majority answer", width: 180, cell: majority },
  { id: "reference", header: "Reference answer", width: 150, cell: ({ referenceAnswer }) => <bdi>{quiet(referenceAnswer)}</bdi> },
];

/** The fields that the headers sort by. */
export const GROUP_FIELDS = GROUP_COLUMNS.flatMap(({ orderField }) => orderField ?? []);

/** The columns that are shown at first. */
export const USUAL_COLUMNS = GROUP_COLUMNS.map(({ id }) => id);

function correct({ correctCount, gradedCount, size, passRate }: GroupRow): ReactNode {
  if (passRate === null) {
    return quiet("not graded");
  }
  return (
    <span style={{ display: "grid", gridTemplateColumns: "64px 1fr", gap: 12, alignItems: "center" }}>
      <ShareBar correct={correctCount} graded={gradedCount} size={size} />
      <span>
        {whole(correctCount)} of {whole(gradedCount)} {quiet(`· ${percent(passRate)}`)}
      </span>
    </span>
  );
}

function majority({ majorityAnswer, majorityCorrect }: GroupRow): ReactNode {
  const mark = majorityCorrect === null ? "" : majorityCorrect ? "✓" : "✗";
  return (
    <>
      {mark !== "" && (
        <span style={{ color: majorityCorrect ? "var(--good-text)" : "var(--bad-text)", marginInlineEnd: 6 }} title={majorityCorrect ? "Right" : "Wrong"}>
          {mark}
        </span>
      )}
      <Preview text={majorityAnswer ?? ""} />
    </>
  );
}
