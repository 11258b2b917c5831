import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { StartRunPageQuery } from "../../../gql/graphql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { useUrlText } from "../../../shared/url/useUrlState.ts";
import { StartForm } from "./StartForm.tsx";
import type { FormValues } from "./texts.ts";
import { initialValues, valuesOf } from "./values.ts";

const START_RUN_PAGE = graphql(`
  query StartRunPage($from: ID!, $hasFrom: Boolean!) {
    run(id: $from) @include(if: $hasFrom) {
      id
      ...RunConfiguration @unmask
    }
    datasets(first: 0) {
      totalCount
    }
    baseModels {
      ...ModelChoice @unmask
    }
    tunixStatus {
      ...TrainerNotice @unmask
    }
  }
`);

/** The page that starts a run: its form, and the dry run that comes first. */
export function Component(): ReactElement {
  const [from] = useUrlText("from");
  const [dataset] = useUrlText("dataset");
  const variables = { from: from ?? "", hasFrom: from !== null };
  const { data, error, refetch } = useQuery(START_RUN_PAGE, { variables, fetchPolicy: "cache-and-network" });
  usePageQuery(START_RUN_PAGE, variables);
  return (
    <>
      <PageHeader title="Start a run" />
      {error && <ErrorNotice title="The form could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} isInset />}
      {!data && !error && <RowSkeletons />}
      {data && data.datasets.totalCount === 0 && <NoDatasets />}
      {data && data.datasets.totalCount > 0 && (
        <>
          {from !== null && data.run === null && <MissingRun id={from} />}
          <StartForm key={`${from} ${dataset}`} models={data.baseModels} tunix={data.tunixStatus} base={baseOf(data, dataset)} />
        </>
      )}
    </>
  );
}

function baseOf({ run }: StartRunPageQuery, dataset: string | null): FormValues {
  const values = run ? valuesOf(run) : initialValues();
  return dataset === null ? values : { ...values, datasetId: dataset };
}

function NoDatasets(): ReactElement {
  return (
    <EmptyState
      title="There is no dataset to train on"
      actions={
        <Button component={Link} to="/datasets/new">
          Build a dataset
        </Button>
      }
    >
      A run trains a model on the traces of a dataset. Build one first; then start the run here.
    </EmptyState>
  );
}

function MissingRun({ id }: { id: string }): ReactElement {
  const message = `The run ${id} does not exist, so the form starts with the defaults. It may have been deleted.`;
  return <ErrorNotice title="There is no such run" errors={[{ code: "NOT_FOUND", message, field: "from" }]} isInset />;
}
