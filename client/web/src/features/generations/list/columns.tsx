import type { ReactNode } from "react";
import type { GenerationOrderField, GenerationRowFragment } from "../../../gql/graphql.ts";
import { percent, whole } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import type { Column } from "../../../shared/table/columns.ts";

type GenerationColumn = Column<GenerationRowFragment> & { orderField?: GenerationOrderField };

const quiet = (text: ReactNode): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;

/** The columns of the list of generations. */
export const GENERATION_COLUMNS: readonly GenerationColumn[] = [
  { id: "model", header: "Model", width: 240, grows: true, orderField: "MODEL_ID", cell: ({ modelId }) => <bdi>{modelId}</bdi> },
  { id: "checkpoint", header: "Checkpoint", width: 96, align: "end", cell: ({ checkpointStep }) => checkpointStep !== null && whole(checkpointStep) },
  { id: "status", header: "Status", width: 150, cell: status },
  { id: "dataset", header: "Dataset", width: 170, cell: ({ dataset }) => quiet(dataset?.key) },
  { id: "prompts", header: "Prompts", width: 84, align: "end", cell: ({ promptCount }) => promptCount !== null && whole(promptCount) },
  { id: "answers", header: "Answers", width: 84, align: "end", orderField: "ANSWER_COUNT", cell: ({ answerCount }) => whole(answerCount) },
  { id: "malformed", header: "Malformed", width: 92, align: "end", cell: ({ malformedCount }) => whole(malformedCount) },
  { id: "tokens", header: "Tokens", width: 92, align: "end", orderField: "TOKEN_COUNT", cell: ({ tokenCount }) => whole(tokenCount) },
  { id: "created", header: "Created", width: 120, orderField: "CREATED_AT", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];

/** The fields that the headers sort by. */
export const GENERATION_FIELDS = GENERATION_COLUMNS.flatMap(({ orderField }) => orderField ?? []);

function status({ status: its, progress }: GenerationRowFragment): ReactNode {
  return (
    <>
      <StatusBadge status={its} />
      {its === "RUNNING" && quiet(`\u00a0${percent(progress)}`)}
    </>
  );
}
