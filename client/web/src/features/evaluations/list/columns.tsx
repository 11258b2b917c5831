import type { ReactNode } from "react";
import type { EvaluationOrderField, EvaluationRowFragment } from "../../../gql/graphql.ts";
import { Decimal } from "../../../shared/format/Decimal.tsx";
import { percent, whole } from "../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import type { Column } from "../../../shared/table/columns.ts";

type EvaluationColumn = Column<EvaluationRowFragment> & { orderField?: EvaluationOrderField };

const quiet = (text: ReactNode): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;

/** The columns of the list of evaluations. */
export const EVALUATION_COLUMNS: readonly EvaluationColumn[] = [
  { id: "name", header: "Name", width: 192, grows: true, orderField: "NAME", cell: ({ name }) => <bdi>{name}</bdi> },
  { id: "status", header: "Status", width: 140, cell: status },
  { id: "dataset", header: "Dataset", width: 150, cell: ({ datasetKey }) => quiet(datasetKey) },
  { id: "scorer", header: "Scorer", width: 116, cell: ({ scorer }) => quiet(scorer) },
  { id: "prompts", header: "Prompts", width: 84, align: "end", cell: ({ promptCount }) => (promptCount === 0 ? null : whole(promptCount)) },
  { id: "candidates", header: "Candidates", width: 96, align: "end", cell: ({ best }) => whole(best.totalCount) },
  { id: "best", header: "Best candidate", width: 150, cell: ({ best }) => <bdi>{best.edges[0]?.node.name}</bdi> },
  { id: "mean", header: "Its mean", width: 96, align: "end", cell: highest },
  { id: "created", header: "Created", width: 120, orderField: "CREATED_AT", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];

/** The fields that the headers sort by. */
export const EVALUATION_FIELDS = EVALUATION_COLUMNS.flatMap(({ orderField }) => orderField ?? []);

function status({ status: its, progress }: EvaluationRowFragment): ReactNode {
  return (
    <>
      <StatusBadge status={its} />
      {its === "RUNNING" && quiet(`\u00a0${percent(progress)}`)}
    </>
  );
}

function highest({ best }: EvaluationRowFragment): ReactNode {
  const mean = best.edges[0]?.node.mean;
  return mean == null ? null : <Decimal value={mean} />;
}
