import { Group, NativeSelect } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import type { TraceWhere } from "../../../gql/graphql.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { TraceFilterBar } from "../../../shared/filter/TraceFilterBar.tsx";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { ScorerSelect } from "../../../shared/scores/ScorerSelect.tsx";
import { useScorersInUse } from "../../../shared/scores/useScorersInUse.ts";
import { ColumnChooser } from "../../../shared/table/ColumnChooser.tsx";
import { useColumns } from "../../../shared/table/useColumns.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { GROUP_COLUMNS, USUAL_COLUMNS } from "./columns.tsx";
import classes from "./GroupsPage.module.css";
import { GroupTable } from "./GroupTable.tsx";
import { CHOICES, shownOf } from "./shown.ts";

/** The list of groups: prompts with several answers, and how many of these are right. */
export function Component(): ReactElement {
  const [where, setWhere] = useUrlWhere(TRACE_SHAPE);
  const [shown, setShown] = useUrlText("show");
  const [chosen, setScorer] = useUrlText("scorer");
  const { names, usual } = useScorersInUse();
  const layout = useColumns("groups", USUAL_COLUMNS);
  const choice = useMemo(() => shownOf(shown), [shown]);
  return (
    <div className={classes.page}>
      <PageHeader title="Groups">
        <Group gap="xs">
          <NativeSelect
            aria-label="Groups with"
            data={CHOICES.map(({ value, label }) => ({ value, label }))}
            value={choice.value}
            onChange={({ currentTarget: { value } }) => setShown(value === CHOICES[0].value ? null : value, { push: true })}
          />
          <ScorerSelect names={names ?? []} value={chosen ?? usual} onChange={setScorer} />
          <ColumnChooser columns={GROUP_COLUMNS} shown={layout.shown} onShow={layout.show} />
        </Group>
      </PageHeader>
      <TraceFilterBar where={where} onChange={setWhere} />
      {names === undefined && chosen === null ? (
        <RowSkeletons />
      ) : (
        <GroupTable
          where={where as TraceWhere}
          having={choice.having}
          scorer={chosen ?? usual}
          layout={layout}
          isUsual={choice === CHOICES[0] && Object.keys(where).length === 0}
        />
      )}
    </div>
  );
}
