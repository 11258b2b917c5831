import { useQuery } from "@apollo/client/react";
import { Button, Group, Tabs, Text } from "@mantine/core";
import { type ReactElement, useCallback } from "react";
import { Link, useParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { DatasetQuery } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { useRetryWhenBack } from "../../../shared/feedback/served.ts";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import tabRow from "../../../shared/tabs/Tabs.module.css";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { DatasetActions } from "./actions/DatasetActions.tsx";
import { BuildStatus } from "./BuildStatus.tsx";
import { Checks } from "./checks/Checks.tsx";
import classes from "./DatasetPage.module.css";
import { Exports } from "./Exports.tsx";
import { Leaderboard } from "./leaderboard/Leaderboard.tsx";
import { Lineage } from "./lineage/Lineage.tsx";
import { Members } from "./members/Members.tsx";
import { Overview } from "./overview/Overview.tsx";
import { Training } from "./training/Training.tsx";

const DATASET = graphql(`
  query Dataset($id: ID!) {
    dataset(id: $id) {
      id
      key
      status
      ...DatasetActions
      ...BuildStatus
      ...DatasetOverview
      ...DatasetLineage
    }
  }
`);

type Dataset = NonNullable<DatasetQuery["dataset"]>;

const TABS = [
  { id: "overview", label: "Overview" },
  { id: "members", label: "Members" },
  { id: "lineage", label: "Lineage" },
  { id: "checks", label: "Checks" },
  { id: "exports", label: "Exports" },
  { id: "training", label: "Training" },
  { id: "leaderboard", label: "Leaderboard" },
] as const;

/** The page of one dataset. */
export function Component(): ReactElement {
  const { key = "" } = useParams();
  const variables = { id: key };
  const { data, previousData, error, refetch } = useQuery(DATASET, { variables, fetchPolicy: "cache-and-network" });
  usePageQuery(DATASET, variables);
  const reload = useCallback(() => void refetch().catch(() => {}), [refetch]);
  const earlier = error && previousData?.dataset?.key === key ? previousData.dataset : undefined;
  const dataset = data?.dataset ?? earlier;
  if (dataset) {
    return <Shown key={dataset.id} dataset={dataset} isStale={error !== undefined} onChanged={reload} />;
  }
  return (
    <>
      <PageHeader title={key} />
      <div className={classes.instead}>
        {error && <ErrorNotice title="The dataset could not be loaded" errors={shownErrors(error)} onRetry={reload} />}
        {!error && data && <Missing id={key} />}
        {!error && !data && <RowSkeletons />}
      </div>
    </>
  );
}

function Missing({ id }: { id: string }): ReactElement {
  return (
    <EmptyState
      title="This dataset does not exist"
      actions={
        <Button component={Link} to="/datasets">
          Show all datasets
        </Button>
      }
    >
      There is no dataset {id}. It may have been deleted, here or in another window; its traces are kept.
    </EmptyState>
  );
}

/** On a narrow screen the tabs are scrolled sideways. */
function bringIntoView(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

interface ShownProps {
  dataset: Dataset;
  /** Whether the server could not be asked again. */
  isStale: boolean;
  onChanged: () => void;
}

function Shown({ dataset, isStale, onChanged }: ShownProps): ReactElement {
  const [chosen, setTab] = useUrlText("tab");
  const isReady = dataset.status === "COMPLETED";
  const tabs = isReady ? TABS : TABS.slice(0, 1);
  const tab = tabs.find(({ id }) => id === chosen)?.id ?? "overview";
  const openTab = (next: string | null): void => {
    setTab(next === "overview" ? null : next, { push: true });
    // It may have been deleted since it was loaded, which an empty tab would not show.
    onChanged();
  };
  return (
    <div className={classes.page} data-wide={tab === "members"}>
      <PageHeader title={dataset.key} aside={<Aside status={dataset.status} isStale={isStale} onRetry={onChanged} />}>
        <DatasetActions from={dataset} onChanged={onChanged} />
      </PageHeader>
      <BuildStatus from={dataset} onChanged={onChanged} />
      <Tabs value={tab} onChange={openTab} keepMounted={false} className={classes.content}>
        <Tabs.List px="md" className={tabRow.list}>
          {tabs.map(({ id, label }) => (
            <Tabs.Tab key={id} value={id} ref={id === tab ? bringIntoView : undefined}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} className={classes.panel}>
          {tab === "overview" && <Overview from={dataset} />}
          {tab === "members" && <Members id={dataset.id} datasetKey={dataset.key} />}
          {tab === "lineage" && <Lineage from={dataset} />}
          {tab === "checks" && <Checks id={dataset.id} datasetKey={dataset.key} onGone={onChanged} />}
          {tab === "exports" && <Exports id={dataset.id} />}
          {tab === "training" && <Training datasetKey={dataset.key} />}
          {tab === "leaderboard" && <Leaderboard datasetKey={dataset.key} />}
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Aside({ status, isStale, onRetry }: { status: Dataset["status"]; isStale: boolean; onRetry: () => void }): ReactElement {
  useRetryWhenBack(isStale, onRetry);
  return (
    <Group gap="xs">
      <StatusBadge status={status} />
      {isStale && (
        <Text size="xs" c="dimmed" component="output">
          as last loaded; the server does not answer{" "}
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Text>
      )}
    </Group>
  );
}
