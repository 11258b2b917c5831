import { useQuery } from "@apollo/client/react";
import { Button, Text } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Link, useParams } from "react-router";
import type { TraceWhere } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../shared/feedback/Stale.tsx";
import { TRACE_SHAPE } from "../../../shared/filter/model/shapes.ts";
import { useUrlWhere } from "../../../shared/filter/useUrlWhere.ts";
import { Markdown } from "../../../shared/markdown/Markdown.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { ScorerSelect } from "../../../shared/scores/ScorerSelect.tsx";
import { useScorersInUse } from "../../../shared/scores/useScorersInUse.ts";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { AnswerStrip } from "./AnswerStrip.tsx";
import { CheckpointSliders } from "./checkpoints/CheckpointSlider.tsx";
import { DistinctAnswers } from "./DistinctAnswers.tsx";
import { GROUP, type ShownGroup } from "./documents.ts";
import classes from "./Group.module.css";
import { GroupFacts } from "./GroupFacts.tsx";

/** A group: its prompt, its statistics, its distinct final answers, and its answers side by side. */
export function Component(): ReactElement {
  const { key = "" } = useParams();
  const [where] = useUrlWhere(TRACE_SHAPE);
  const [chosen, setScorer] = useUrlText("scorer");
  const { names, usual } = useScorersInUse();
  const scorer = chosen ?? usual;
  const variables = useMemo(() => ({ key, where: Object.keys(where).length === 0 ? null : (where as TraceWhere), scorer }), [key, where, scorer]);
  const { data, previousData, error, refetch } = useQuery(GROUP, {
    variables,
    fetchPolicy: "cache-and-network",
    skip: names === undefined && chosen === null,
  });
  usePageQuery(GROUP, variables);
  const group = (data ?? previousData)?.traceGroup;
  return (
    <>
      <PageHeader title="Group" aside={variables.where !== null && <PartOnly address={`/groups/${encodeURIComponent(key)}`} />}>
        <ScorerSelect names={names ?? []} value={scorer} onChange={(next) => setScorer(next, { push: true })} />
      </PageHeader>
      <div className={classes.page}>
        {error && <ErrorNotice title="The group could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {group === undefined && !error && <RowSkeletons />}
        {group === null && <NoGroup />}
        {group && (
          <Stale isStale={data === undefined}>
            <Shown group={group} scorer={scorer} />
          </Stale>
        )}
      </div>
    </>
  );
}

function Shown({ group, scorer }: { group: ShownGroup; scorer: string | null }): ReactElement {
  return (
    <>
      <section aria-label="Prompt" className={classes.prompt}>
        <Markdown text={group.prompt} />
      </section>
      <GroupFacts group={group} />
      <DistinctAnswers group={group} />
      <AnswerStrip group={group} scorer={scorer} />
      <CheckpointSliders groupKey={group.key} scorer={scorer} />
    </>
  );
}

/** A note that the statistics are those of the traces that match the filter. */
function PartOnly({ address }: { address: string }): ReactElement {
  return (
    <Text size="xs" c="dimmed">
      of the filtered traces only · <Link to={address}>of all</Link>
    </Text>
  );
}

function NoGroup(): ReactElement {
  return (
    <EmptyState
      title="This group does not exist"
      actions={
        <Button component={Link} to="/groups">
          Show all groups
        </Button>
      }
    >
      No trace is in it: they may have been deleted, or the filter matches none.
    </EmptyState>
  );
}
