import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Link, useParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { RunView } from "./RunView.tsx";

const RUN = graphql(`
  query Run($id: ID!) {
    run(id: $id) {
      id
      status
      events(last: 1) {
        nodes {
          seq
        }
      }
      metrics(maxPoints: 1000) {
        name
        steps
        values
        kinds
        pointCount
      }
      ...RunView
    }
  }
`);

/** The page of a run: live while it is active, from stored data when it has finished. */
export function Component(): ReactElement {
  const { id = "" } = useParams();
  return <Loaded key={id} id={id} />;
}

function Loaded({ id }: { id: string }): ReactElement {
  const { data, error, refetch } = useQuery(RUN, { variables: { id }, fetchPolicy: "cache-and-network", nextFetchPolicy: "cache-first" });
  const [wasThere, setWasThere] = useState(false);
  usePageQuery(RUN, { id });
  if (data?.run && !wasThere) {
    setWasThere(true);
  }
  if (data?.run) {
    return <RunView run={data.run} error={error} reload={refetch} />;
  }
  if (data) {
    return <NoRun id={id} wasThere={wasThere} />;
  }
  return (
    <>
      <PageHeader title="Run" />
      {error ? (
        <ErrorNotice title="The run could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} isInset />
      ) : (
        <RowSkeletons />
      )}
    </>
  );
}

function NoRun({ id, wasThere }: { id: string; wasThere: boolean }): ReactElement {
  const all = (
    <Button component={Link} to="/runs">
      Show all runs
    </Button>
  );
  return (
    <>
      <PageHeader title="Run" />
      {wasThere ? (
        <EmptyState title="This run was deleted" actions={all}>
          Someone has deleted it while you were looking at it, with its logs, metrics and files.
        </EmptyState>
      ) : (
        <EmptyState title="There is no such run" actions={all}>
          No run has the id or name {id}. It may have been deleted.
        </EmptyState>
      )}
    </>
  );
}
